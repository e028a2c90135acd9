"""Makes every alert fire on the lab, by its cause, and watches it clear.

A real Prometheus scrapes the programs' own metrics and evaluates the rules that the stack deploys,
only that no alert waits longer than some seconds, and a few count less. Every panel of
the dashboard must have had data meanwhile.
"""

import argparse
import sys
import time
from collections.abc import Iterable

from lab.alarms import panels
from lab.alarms.scenes import CHANGES, SCENES
from lab.alarms.watch import Fired, watch
from lab.first_turn import first_turn
from lab.monitoring import prometheus
from lab.program import UP, configure, forget, lab
from manifests.alerts.prometheus_rule import prometheus_rule

UNREADABLE = "mover.unreadableFiles"


def line(fired: Fired) -> str:
    """The printed line of an alert."""
    cleared = "counts on" if fired.cleared is None else f"clears after {fired.cleared:.0f} s"
    times = f"fires after {fired.fired:.0f} s, {cleared}"
    return f"   {fired.alert} ({fired.severity}): {times}\n      {fired.summary}"


def play(names: Iterable[str]) -> dict[str, str]:
    """Plays scenes; returns the error of each that failed."""
    wrong = {}
    for name in names:
        print(f"== {name}", flush=True)
        try:
            with first_turn() as app:
                for fired in watch(app, SCENES[name]):
                    print(line(fired), flush=True)
        except Exception as error:
            wrong[name] = f"{type(error).__name__}: {error}"
            print(f"   WRONG: {wrong[name]}", flush=True)
    return wrong


def main() -> int:
    """Returns 1 unless every alert fired and cleared, and every panel had data."""
    parser = argparse.ArgumentParser(
        prog="scripts/alerts-drill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", nargs="+", choices=SCENES, metavar="SCENE", help=", ".join(SCENES)
    )
    options = parser.parse_args()
    began = time.monotonic()
    lab("up")
    configure(UNREADABLE, "warn")
    try:
        lab("pulumi", *UP)
        with prometheus.watching(prometheus_rule(labels={}, changes=CHANGES)["spec"]):
            since = time.time()
            wrong = play(options.only or SCENES)
            empty = [] if options.only else panels.without_data(since)
    finally:
        forget(UNREADABLE)
        lab("pulumi", *UP)
    for panel in empty:
        print(f"no data: {panel}")
    played = len(options.only or SCENES)
    print(
        f"{played - len(wrong)} of {played} scenes as they should be,"
        f" {len(empty)} panels without data, {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong or empty else 0


if __name__ == "__main__":
    sys.exit(main())
