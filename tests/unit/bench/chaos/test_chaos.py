import json

import pytest

from bench.chaos.__main__ import Run, figures, is_good
from bench.chaos.verdict import Verdict

GOOD = Run(verdicts=(Verdict.RIGHT,) * 3, denied=2, seconds=30.0)


def test_good_runs_are_counted() -> None:
    totals = figures([GOOD, GOOD])
    assert json.loads(json.dumps(totals)) == {
        "runs": 2,
        "pvcs": 6,
        "empty_binds": 0,
        "older_binds": 0,
        "other_binds": 0,
        "denied": 4,
        "healed": 2,
        "stuck": 0,
        "leaked": 0,
        "seconds": 60.0,
    }
    assert is_good(totals)


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.RIGHT])
def test_one_broken_promise_is_enough(verdict: Verdict) -> None:
    bad = Run(verdicts=(Verdict.RIGHT, verdict), denied=0, seconds=1.0)
    totals = figures([GOOD, bad])
    assert totals["healed"] == 1
    assert not is_good(totals)


def test_a_volume_that_is_left_breaks_a_promise_too() -> None:
    assert not is_good(figures([GOOD], leaked=1))


def test_no_run_proves_nothing() -> None:
    assert not is_good(figures([]))
