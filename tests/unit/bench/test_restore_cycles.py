from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.restore_cycles.__main__ import Cycle, figures, shares

GOOD = Cycle(latest="a" * 32, chosen="a" * 32, seconds=20.0)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, chosen="b" * 32),
        replace(GOOD, changed=("big: one became another",)),
        replace(GOOD, error="no bound PVC"),
        Cycle(),
    ],
)
def test_only_the_newest_backup_unchanged_counts(wrong: Cycle) -> None:
    assert figures([GOOD, wrong])["newest_equal"] == 1


def test_cycles_that_failed_do_not_shorten_the_times() -> None:
    slow = replace(GOOD, seconds=40.0)
    totals = figures([GOOD, slow, slow, Cycle(error="no bound PVC")])
    assert (totals["cycles"], totals["median_s"], totals["max_s"]) == (4, 40.0, 40.0)


@given(cycles=st.integers(1, 500), pvcs=st.integers(1, 20))
def test_the_cycles_are_shared_out_evenly_and_completely(cycles: int, pvcs: int) -> None:
    parts = shares(cycles, pvcs)
    assert sum(parts) == cycles
    assert min(parts) > 0
    assert max(parts) - min(parts) <= 1
