from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from contract.names import Identity
from contract.times import CLOCKS_DISAGREE
from kopia.command import KopiaError
from lab.clock.wrong_clock import SKEWS, name
from mover.job.restore import choose
from mover.job.task import Ordered, Task
from tests.unit.mover.snapshots import MINE, MORNING, snapshot

OLD = snapshot()
NEW = msgspec.structs.replace(OLD, id="2" * 32, start=MORNING + timedelta(days=1))
HALF = msgspec.structs.replace(
    OLD, id="3" * 32, start=MORNING + timedelta(days=2), incomplete="checkpoint"
)
TORN = msgspec.structs.replace(OLD, id="4" * 32, start=MORNING + timedelta(days=3), errors=1)
FOREIGN = msgspec.structs.replace(OLD, id="5" * 32, identity=Identity("photos-backup", "elsewhere"))
ALL = (OLD, NEW, HALF, TORN, FOREIGN)
ORDER = Task(
    repository_id="a",
    identity=MINE,
    deadline=1,
    ordered=Ordered(at=MORNING + timedelta(days=4), start_deadline=1),
    data="/data",
    secret="/secret",
)


def test_the_recorded_snapshot_is_taken() -> None:
    assert choose(ALL, replace(ORDER, snapshot=OLD.id)) == OLD


def test_without_a_record_the_newest_complete_one_is_taken() -> None:
    assert choose(ALL, ORDER) == NEW


@pytest.mark.parametrize(
    ("snapshot", "text"),
    [
        ("9" * 32, "not in the repository"),
        (HALF.id, "not complete"),
        (TORN.id, "not complete"),
        (FOREIGN.id, "belongs to"),
    ],
)
def test_anything_else_is_refused(snapshot: str, text: str) -> None:
    with pytest.raises(KopiaError, match=text):
        choose(ALL, replace(ORDER, snapshot=snapshot))


def test_no_complete_snapshot_is_a_failure_and_not_an_empty_volume() -> None:
    with pytest.raises(KopiaError, match="no complete snapshot"):
        choose((HALF, TORN, FOREIGN), ORDER)


@pytest.mark.parametrize("ahead", [skew for skew in SKEWS if skew > timedelta()], ids=name)
def test_a_newest_that_lies_ahead_is_not_restored_unless_it_is_the_recorded_one(
    ahead: timedelta,
) -> None:
    start = ORDER.ordered.at + ahead
    wrong = msgspec.structs.replace(OLD, id="6" * 32, start=start)
    with pytest.raises(KopiaError, match=f"{CLOCKS_DISAGREE}.*{wrong.id}"):
        choose((*ALL, wrong), ORDER)
    assert choose((*ALL, wrong), replace(ORDER, snapshot=wrong.id)) == wrong
    made = msgspec.structs.replace(OLD, id="7" * 32, after=start + timedelta(seconds=1))
    assert choose((*ALL, wrong, made), ORDER) == made
