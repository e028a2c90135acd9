from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.times import CLOCKS_DISAGREE, SKEW
from kopia.failure import KopiaError
from lab.clock.wrong_clock import SKEWS, name
from mover import maintenance_clock
from mover.maintenance_clock import disagreement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPORT, SERVER = "the export's", "the API server's"


@pytest.mark.parametrize("skew", SKEWS, ids=name)
def test_one_wrong_clock_among_three_is_enough(skew: timedelta) -> None:
    wrong = NOON + skew
    assert disagreement(wrong, {EXPORT: NOON, SERVER: NOON}).startswith(CLOCKS_DISAGREE)
    assert EXPORT in disagreement(NOON, {EXPORT: wrong, SERVER: NOON})
    # Node and export are one machine.
    assert SERVER in disagreement(wrong, {EXPORT: wrong, SERVER: NOON})


def test_clocks_that_are_within_minutes_of_each_other_agree() -> None:
    assert disagreement(NOON, {EXPORT: NOON + SKEW, SERVER: NOON - SKEW}) == ""


def test_the_words_name_each_clock_that_disagrees() -> None:
    later = NOON + timedelta(hours=1)
    assert disagreement(NOON, {EXPORT: later, SERVER: later}) == (
        "the clocks disagree: this node's says 2026-03-01T12:00:00Z, the export's "
        "2026-03-01T13:00:00Z and the API server's 2026-03-01T13:00:00Z"
    )


def test_this_machine_agrees_with_its_own_files_and_with_a_server_of_the_same_time(
    tmp_path: Path,
) -> None:
    maintenance_clock.require(tmp_path, None)
    maintenance_clock.require(tmp_path, lambda: datetime.now(UTC))
    with pytest.raises(KopiaError, match=SERVER):
        maintenance_clock.require(tmp_path, lambda: datetime.now(UTC) + timedelta(days=40))
