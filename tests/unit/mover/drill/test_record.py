import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.names import Claim
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from fakes.api_server import FakeApiServer, refused
from fakes.builders import NOW, PIN
from kube.api import ApiError
from kube.resource import CONFIG_MAP
from mover.drill import record, rounds
from mover.drill.record import LAST, RecordError, read, written
from mover.drill.rounds import Outcome, Proof, Record, Trial

A, B = Claim("shop", "data"), Claim("media", "photos.2024")
FULL = Proof(
    since=NOW,
    tried=NOW,
    is_running=True,
    last=Trial(
        outcome=Outcome.FAILED,
        reason="damaged: “x”",
        snapshot="1" * 32,
        time="2026-03-01T12:00:00Z",
        files=3,
        bytes=10,
    ),
    seconds=7,
    proven=NOW,
)
KNOWN = Record(proofs={A: FULL, B: Proof(since=NOW)}, ended=NOW, problem="")
PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, RESTORE_PROOF)


def data(record: Record, repository: str = PIN, **former: str) -> dict[str, Any]:
    return {k: v for k, v in written(record, repository, former).items() if v is not None}


def test_what_is_written_is_read_again() -> None:
    assert read(data(KNOWN), PIN, NOW) == KNOWN
    assert read({}, PIN, NOW) == Record()


def test_a_line_is_for_people_too() -> None:
    line = json.loads(data(KNOWN)[PIN].splitlines()[0])
    assert line == {"namespace": "media", "pvc": "photos.2024", "since": "2026-03-01T12:30:00Z"}


def test_a_record_of_an_earlier_or_later_version_is_read() -> None:
    line = (
        '{"namespace": "shop", "pvc": "data", "since": "2026-03-01T12:30:00Z",'
        ' "tried": "2026-03-01T12:30:00Z", "is_running": true, "outcome": "failed",'
        ' "reason": "damaged: \\u201cx\\u201d", "snapshot": "11111111111111111111111111111111",'
        ' "time": "2026-03-01T12:00:00Z", "files": 3, "bytes": 10, "seconds": 7,'
        ' "proven": "2026-03-01T12:30:00Z"}'
    )
    assert read({PIN: line}, PIN, NOW).proofs == {A: FULL}
    newer = line.replace('"seconds"', '"new": [], "seconds"')
    assert read({PIN: newer}, PIN, NOW).proofs == {A: FULL}
    assert json.loads(data(Record(proofs={A: FULL}))[PIN]) == json.loads(line)


def test_proofs_of_another_repository_count_for_nothing_and_go() -> None:
    other = "b" * 64
    former = data(KNOWN)
    assert read(former, other, NOW).proofs == {}
    patch = written(Record(proofs={A: FULL}), other, former)
    assert patch[PIN] is None
    assert read({k: v for k, v in patch.items() if v}, other, NOW).proofs == {A: FULL}


def test_a_drill_that_does_not_know_the_repository_forgets_no_proof() -> None:
    patch = written(Record(ended=NOW, problem="not pinned"), "", data(KNOWN))
    assert set(patch) == {LAST}
    assert read({**data(KNOWN), LAST: patch[LAST] or ""}, PIN, NOW).proofs == KNOWN.proofs


@pytest.mark.parametrize(
    "damaged",
    [
        {PIN: "no json"},
        {PIN: "[]"},
        {PIN: '{"namespace": "shop", "pvc": "data"}'},
        {PIN: '{"namespace": "Shop_", "pvc": "data", "since": "2026-03-01T12:30:00Z"}'},
        {PIN: '{"namespace": "shop", "pvc": "data", "since": "yesterday"}'},
        {PIN: data(KNOWN)[PIN].replace('"failed"', '"fine"')},
        {PIN: data(KNOWN)[PIN][:-9]},
        {LAST: "[]"},
    ],
)
def test_a_damaged_record_is_not_believed(damaged: dict[str, str]) -> None:
    with pytest.raises(RecordError, match="damaged"):
        read(damaged, PIN, NOW)


def test_it_never_outgrows_its_config_map() -> None:
    many = {Claim("n", f"pvc-{number}"): FULL for number in range(5000)}
    with pytest.raises(RecordError, match="full"):
        written(Record(proofs=many), PIN, {})
    assert written(Record(proofs=dict(list(many.items())[:2000])), PIN, {})
    long = replace(FULL, last=replace(FULL.last, reason="x" * 10_000))
    assert len(data(Record(proofs={A: long}))[PIN]) < 1000


def change(world: FakeApiServer, step: record.Change) -> Record:
    return asyncio.run(record.change(world, VOLSYNC_NAMESPACE, PIN, step))


@pytest.fixture
def world() -> FakeApiServer:
    made = FakeApiServer()
    made.put(CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}})
    return made


def test_a_step_is_taken_from_what_is_there(world: FakeApiServer) -> None:
    assert change(world, lambda history: KNOWN) == KNOWN
    assert change(world, lambda history: replace(history, problem="p")) == replace(
        KNOWN, problem="p"
    )
    assert read(world.objects[PLACE]["data"], PIN, NOW) == replace(KNOWN, problem="p")


def test_two_drills_lose_nothing_of_each_other(world: FakeApiServer) -> None:
    others = iter([{A: FULL}])

    def step(history: Record) -> Record:
        for proofs in others:  # another one writes between our look and our write, once
            world.change(*PLACE, {"data": data(Record(proofs=proofs))})
        return replace(history, proofs={**history.proofs, B: FULL})

    assert change(world, step).proofs == {A: FULL, B: FULL}


def test_whoever_is_always_too_late_gives_up(world: FakeApiServer) -> None:
    def step(history: Record) -> Record:
        world.change(*PLACE, {})
        return history

    with pytest.raises(RecordError, match="others write it too"):
        change(world, step)


def test_a_record_that_is_gone_is_no_empty_one(world: FakeApiServer) -> None:
    del world.objects[PLACE]
    with pytest.raises(RecordError, match="is gone"):
        change(world, lambda history: history)
    assert PLACE not in world.objects


def test_any_other_refusal_is_told(world: FakeApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forbidden(*_: object) -> None:
        raise refused(403, "forbidden")

    monkeypatch.setattr(world, "patch", forbidden)
    with pytest.raises(ApiError, match="forbidden"):
        change(world, lambda history: history)


@pytest.mark.parametrize("days", [2, 40, 400])
def test_times_that_lie_ahead_hold_up_no_drill(days: int) -> None:
    ahead = NOW + timedelta(days=days)
    wrong = replace(FULL, since=ahead, tried=ahead, proven=ahead)
    record = read(data(Record(proofs={A: wrong, B: FULL}, ended=ahead)), PIN, NOW)
    assert record.ended is None
    assert record.proofs[A] == replace(FULL, since=NOW, tried=None, proven=None)
    assert rounds.next_claim(record, record.proofs) == A
