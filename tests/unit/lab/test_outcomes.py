import pytest

from lab.faults.catalog import FAULTS
from lab.outcomes.ordeal import TrialResult
from lab.outcomes.table import CREATIONS, TABLE, Creation, Outcome, Probe, Row, Transfer, fits
from tests.e2e.test_outcomes import CHOSEN

CREATED = {Outcome.BOUND, Outcome.PENDING, Outcome.DENIED, Outcome.RETRIED}


def test_every_fault_has_its_row():
    assert list(TABLE) == list(FAULTS)


@pytest.mark.parametrize("name", TABLE)
def test_each_cell_has_a_word_that_fits_its_column(name):
    for probe, outcome in TABLE[name].expected().items():
        assert (outcome in CREATED) == (probe in CREATIONS)


@pytest.mark.parametrize("name", TABLE)
def test_an_unlabelled_pvc_is_never_denied(name):
    assert TABLE[name].plain is not Outcome.DENIED


def test_those_of_ci_are_faults_and_meet_every_word_but_the_hung_replica_s():
    words = {word for name in CHOSEN for word in TABLE[name].expected().values()}
    assert words == set(Outcome) - {Outcome.RETRIED}


@pytest.mark.parametrize(
    ("denials", "is_admitted", "is_bound", "word"),
    [
        (0, True, True, Outcome.BOUND),
        (2, True, True, Outcome.RETRIED),
        (0, True, False, Outcome.PENDING),
        (2, True, False, Outcome.PENDING),
        (3, False, False, Outcome.DENIED),
    ],
)
def test_a_creation_in_one_word(denials, is_admitted, is_bound, word):
    creation = Creation(denials=denials, is_admitted=is_admitted, is_bound=is_bound)
    assert creation.outcome() is word


@pytest.mark.parametrize(
    ("is_finished", "failures", "word"),
    [
        (True, 0, Outcome.FINISHES),
        (False, 0, Outcome.WAITS),
        (False, 2, Outcome.REPEATED),
        (True, 1, Outcome.REPEATED),
    ],
)
def test_a_transfer_in_one_word(is_finished, failures, word):
    assert Transfer(is_finished=is_finished, failures=failures).outcome() is word


def test_only_what_may_take_a_second_attempt_may_do_without_one():
    assert fits(Outcome.RETRIED, Outcome.BOUND)
    assert not fits(Outcome.BOUND, Outcome.RETRIED)
    assert not fits(Outcome.DENIED, Outcome.BOUND)


def test_a_cell_that_is_not_true_is_told():
    cells = TABLE["volsync"].expected()
    assert TrialResult(fault="volsync", outcomes=dict(cells)).surprises() == []
    (surprise,) = TrialResult(
        fault="volsync", outcomes={**cells, Probe.KEPT: Outcome.BOUND}
    ).surprises()
    assert "labelled PVC with backups: created, Bound" in surprise


def test_a_row_has_a_cell_for_each_probe():
    row = Row(*[Outcome.BOUND] * len(Probe), "at once")
    assert list(row.expected()) == list(Probe)
