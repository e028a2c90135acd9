from bench.outcomes.__main__ import figures, lines
from lab.outcomes.ordeal import TrialResult
from lab.outcomes.table import TABLE, Outcome, Probe


def result(**more: object) -> TrialResult:
    return TrialResult(fault="volsync", outcomes=TABLE["volsync"].expected(), **more)  # ty: ignore[invalid-argument-type]


def test_what_is_as_documented_counts_nothing() -> None:
    totals = figures([result(healed_s=3.0), result(healed_s=7.04)])
    assert totals == {
        "faults": 2,
        "cells": 10,
        "wrong": 0,
        "unhealed": 0,
        "empty_binds": 0,
        "slowest_heal_s": 7.0,
    }


def test_every_way_to_break_a_promise_is_counted() -> None:
    bad = result(wrong={Probe.KEPT: "no bound PVC"}, empty={"kept"})
    bad.outcomes[Probe.NEW] = Outcome.DENIED
    totals = figures([bad])
    assert (totals["wrong"], totals["unhealed"], totals["empty_binds"]) == (1, 1, 1)
    text = "\n".join(lines(bad))
    assert "WRONG: labelled PVC, no backup yet: denied, expected: created, Bound" in text
    assert "UNHEALED: labelled PVC with backups: no bound PVC" in text
