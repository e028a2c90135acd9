"""The table of outcomes in docs/safety.md is true: one fault after another on the whole lab."""

from collections.abc import Generator

import pytest

from lab.application import new_application
from lab.faults.catalog import FAULTS
from lab.outcomes.ordeal import Ordeal, Seen
from lab.outcomes.table import Outcome, Probe

# Those where most can go wrong. `scripts/bench outcomes` goes through all, in twice the time.
CHOSEN = (
    "plumber-all",
    "kyverno-admission",
    "kyverno-background",
    "volsync",
    "mover",
    "repository-emptied",
    "repository-full",
)


@pytest.fixture(scope="module")
def ordeal(deployed: None) -> Generator[Ordeal]:
    with new_application() as app:
        made = Ordeal(app)
        made.prepare()
        yield made


@pytest.fixture(scope="module", params=CHOSEN)
def seen(request: pytest.FixtureRequest, ordeal: Ordeal) -> Seen:
    return ordeal.endure(FAULTS[request.param])


def test_everything_goes_as_the_table_says(seen):
    assert set(seen.outcomes) == set(Probe)
    assert seen.surprises() == []


def test_everything_heals_and_what_had_a_backup_has_its_data(seen):
    assert seen.wrong == {}
    assert seen.empty == set()


def test_a_denial_says_why(seen):
    assert (Outcome.DENIED in seen.outcomes.values()) == ("volsync-pvc-backup" in seen.denial)
