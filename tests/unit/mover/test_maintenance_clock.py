from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.times import CLOCKS_DISAGREE, SKEW
from fakes.wrong_clock import SKEWS, name
from mover import maintenance_clock
from mover.maintenance_clock import LATE, disagreement, due

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOST = f"kopia-maintenance-{round(NOON.timestamp()) // 60}-x7k2p"


def test_a_pod_knows_when_it_was_due_by_its_name() -> None:
    assert due(HOST) == NOON


@pytest.mark.parametrize("host", ["", "laptop", "by-hand-x7k2p", "kopia-maintenance-x7k2p"])
def test_what_a_person_has_started_was_never_due(host: str) -> None:
    assert due(host) is None


@pytest.mark.parametrize("skew", SKEWS, ids=name)
def test_no_wrong_clock_is_believed(skew: timedelta) -> None:
    wrong = NOON + skew
    assert disagreement(wrong, NOON, NOON).startswith(CLOCKS_DISAGREE)
    assert disagreement(wrong, NOON, None).startswith(CLOCKS_DISAGREE)
    assert disagreement(NOON, wrong, NOON).startswith(CLOCKS_DISAGREE)
    both = disagreement(wrong, wrong, NOON)  # node and export are one machine
    assert bool(both) == (not -SKEW <= skew <= LATE)


@given(seconds=st.floats(0, 7200))
def test_a_run_that_begins_late_is_believed(seconds: float) -> None:
    own = NOON + timedelta(seconds=seconds)
    assert disagreement(own, own, NOON) == ""


def test_the_clock_of_this_machine_is_that_of_its_own_files(tmp_path: Path) -> None:
    maintenance_clock.require(tmp_path, "laptop")
