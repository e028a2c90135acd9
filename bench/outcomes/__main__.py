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
from lab.outcomes.ordeal import Ordeal, Seen
from lab.outcomes.table import Probe
from lab.program import UP, lab
from stack import versions


def figures(seen: Iterable[Seen]) -> dict[str, float]:
    """What is reported of some faults."""
    found = list(seen)
    return {
        "faults": len(found),
        "cells": sum(len(one.outcomes) for one in found),
        "wrong": sum(len(one.surprises()) for one in found),
        "unhealed": sum(len(one.wrong) for one in found),
        "empty_binds": sum(len(one.empty) for one in found),
        "slowest_heal_s": round(max((one.healed_s for one in found), default=0.0), 1),
    }


def lines(seen: Seen) -> list[str]:
    """What is printed of one fault."""
    times = f"broken for {seen.broken_s:.0f} s, all well {seen.healed_s:.0f} s after that"
    cells = [f"   {probe}: {seen.outcomes[probe]}" for probe in Probe if probe in seen.outcomes]
    wrong = [f"   WRONG: {text}" for text in seen.surprises()]
    unhealed = [f"   UNHEALED: {probe}: {text[:500]}" for probe, text in seen.wrong.items()]
    denial = [f"   denied: {seen.denial[:300]}"] if seen.denial else []
    return [f"== {FAULTS[seen.fault].title}: {times}", *cells, *denial, *wrong, *unhealed]


def run(app: Application, chosen: Iterable[str]) -> list[Seen]:
    """One fault after another."""
    ordeal, found = Ordeal(app), []
    ordeal.prepare()
    for name in chosen:
        seen = ordeal.endure(FAULTS[name])
        print("\n".join(lines(seen)), flush=True)
        found.append(seen)
    return found


def main() -> int:
    """Exit code 1 unless every cell is true and everything has healed."""
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
        found = figures(run(app, chosen))
    report.last({**found, "seconds": round(time.monotonic() - start, 1)})
    return 1 if found["wrong"] or found["unhealed"] or found["empty_binds"] else 0


if __name__ == "__main__":
    sys.exit(main())
