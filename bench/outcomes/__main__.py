"""The table of outcomes in docs/safety.md: is every cell of it true, and does all heal?

Runs on the lab, which it brings up, and breaks one part after another. A backup and a restore are
under way each time, and PVCs are created. `wrong` counts cells that are not as documented,
`unhealed` what is not well again within minutes, `empty_binds` PVCs with a backup that came back
without files.
"""

import argparse
import sys
import time
from collections.abc import Iterable

from bench import report
from lab.application import Application, new_application
from lab.faults.catalog import FAULTS
from lab.outcomes.ordeal import Ordeal, TrialResult
from lab.outcomes.table import Probe
from lab.program import UP, lab
from stack import versions


def figures(results: Iterable[TrialResult]) -> dict[str, float]:
    """The reported figures of some faults."""
    all_results = list(results)
    return {
        "faults": len(all_results),
        "cells": sum(len(result.outcomes) for result in all_results),
        "wrong": sum(len(result.surprises()) for result in all_results),
        "unhealed": sum(len(result.wrong) for result in all_results),
        "empty_binds": sum(len(result.empty) for result in all_results),
        "slowest_heal_s": round(max((result.healed_s for result in all_results), default=0.0), 1),
    }


def lines(result: TrialResult) -> list[str]:
    """The printed lines of one fault."""
    times = f"broken for {result.broken_s:.0f} s, all well {result.healed_s:.0f} s after that"
    cells = [f"   {probe}: {result.outcomes[probe]}" for probe in Probe if probe in result.outcomes]
    wrong = [f"   WRONG: {text}" for text in result.surprises()]
    unhealed = [f"   UNHEALED: {probe}: {text[:500]}" for probe, text in result.wrong.items()]
    denial = [f"   denied: {result.denial[:300]}"] if result.denial else []
    return [f"== {FAULTS[result.fault].title}: {times}", *cells, *denial, *wrong, *unhealed]


def run(app: Application, chosen: Iterable[str]) -> list[TrialResult]:
    """Breaks one part after another; returns the results."""
    ordeal, results = Ordeal(app), []
    ordeal.prepare()
    for name in chosen:
        result = ordeal.endure(FAULTS[name])
        print("\n".join(lines(result)), flush=True)
        results.append(result)
    return results


def main() -> int:
    """Returns 1 unless every cell is true and everything has healed."""
    parser = argparse.ArgumentParser(prog="scripts/bench outcomes", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=FAULTS, metavar="FAULT", help=", ".join(FAULTS)
    )
    chosen = parser.parse_args().only or list(FAULTS)
    lab("up")
    lab("pulumi", *UP)
    report.machine(kyverno=versions.KYVERNO.version, volsync=versions.VOLSYNC.version)
    start = time.monotonic()
    with new_application() as app:
        totals = figures(run(app, chosen))
    report.last({**totals, "seconds": round(time.monotonic() - start, 1)})
    return 1 if totals["wrong"] or totals["unhealed"] or totals["empty_binds"] else 0


if __name__ == "__main__":
    sys.exit(main())
