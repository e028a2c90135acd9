"""The table of outcomes in docs/safety.md is true: one fault after another on the whole lab."""

from collections.abc import Generator

import pytest

from lab.application import new_application
from lab.faults.catalog import FAULTS
from lab.outcomes.ordeal import Ordeal, TrialResult
from lab.outcomes.table import Outcome, Probe

# Those where most can go wrong. `scripts/bench outcomes` goes through all, in twice the time.
CHOSEN = (
    "plumber-all",
    "kyverno-admission",
    "kyverno-background",
    "tenant",
    "volsync",
    "mover",
    "clock-ahead",
    "repository-emptied",
    "repository-full",
)


@pytest.fixture(scope="module")
def ordeal(deployed: None) -> Generator[Ordeal]:
    with new_application() as app:
        ordeal = Ordeal(app)
        ordeal.prepare()
        yield ordeal


@pytest.fixture(scope="module", params=CHOSEN)
def result(request: pytest.FixtureRequest, ordeal: Ordeal) -> TrialResult:
    return ordeal.endure(FAULTS[request.param])


def test_everything_goes_as_the_table_says(result):
    assert set(result.outcomes) == set(Probe)
    assert result.surprises() == []


def test_everything_heals_and_what_had_a_backup_has_its_data(result):
    assert result.wrong == {}
    assert result.empty == set()


def test_a_denial_says_why(result):
    assert (Outcome.DENIED in result.outcomes.values()) == ("volsync-pvc-backup" in result.denial)
