"""Parts of the whole lab break at random moments while PVCs are backed up, lost and created again.

Runs on the lab, which it brings up. After each run all is healed, and every PVC must be Bound, with
the newest backup that was complete before it was created. `empty_binds` counts those that bound
without it, `older_binds` and `other_binds` those that bound with another one, `stuck` those that
did not come back within minutes, `denied` creations that were repeated, `healed` the runs after
which all was well, `leaked` the volumes, snapshots, contents and Jobs that are left when the PVCs
are gone. The same seed plays the same faults; what they meet is up to the cluster.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bench import report
from bench.chaos import leftovers
from bench.chaos.life import Course, Limit, StuckError, discard
from bench.chaos.plan import Break, Plan, plan
from bench.chaos.verdict import Restoration, Verdict, judge
from bench.chaos.watch import Watch, watching
from lab.application import Application, new_application
from lab.faults.catalog import FAULTS
from lab.program import UP, lab
from stack import versions

BAD = {Verdict.EMPTY: "empty_binds", Verdict.OLDER: "older_binds", Verdict.OTHER: "other_binds"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """The result of a run."""

    verdicts: tuple[Verdict, ...]
    denied: int
    seconds: float

    @property
    def is_healed(self) -> bool:
        """Whether every verdict is right."""
        return set(self.verdicts) <= {Verdict.RIGHT}


def figures(runs: Iterable[Run], leaked: int = 0) -> dict[str, float]:
    """The reported figures of some runs, and how many objects they have left."""
    all_runs = list(runs)
    counts = Counter(verdict for run in all_runs for verdict in run.verdicts)
    return {
        "runs": len(all_runs),
        "pvcs": counts.total(),
        **{name: counts[verdict] for verdict, name in BAD.items()},
        "denied": sum(run.denied for run in all_runs),
        "healed": sum(run.is_healed for run in all_runs),
        "stuck": counts[Verdict.STUCK],
        "leaked": leaked,
        "seconds": round(sum(run.seconds for run in all_runs), 1),
    }


def is_good(totals: dict[str, float]) -> bool:
    """Whether every promise was kept, and at least one PVC was judged."""
    bad = (*BAD.values(), "stuck", "leaked")
    return totals["pvcs"] > 0 and not any(totals[name] for name in bad)


class Chaos:
    """PVCs that go from run to run; one that came back wrong is replaced."""

    def __init__(self, app: Application, watch: Watch, pvcs: int) -> None:
        self._app, self._watch = app, watch
        self._pvcs: list[str] = [""] * pvcs

    def run(self, number: int, chosen: Plan) -> Run:
        """Plays one run and judges it."""
        start, limit = time.monotonic(), Limit()
        denials: list[str] = []
        courses = [self._course(number, place, chosen, limit) for place in range(len(self._pvcs))]
        with ThreadPoolExecutor(len(courses) + len(chosen.breaks)) as pool:
            strikes = [pool.submit(_strike, strike) for strike in chosen.breaks]
            lives = [pool.submit(_live, course, denials) for course in courses]
            try:
                for running in strikes:
                    running.result()
            finally:
                limit.start()
            restorations = [life.result() for life in lives]
        verdicts = []
        for place, (course, restoration) in enumerate(zip(courses, restorations, strict=True)):
            backups = self._watch.backups(self._app, course.pvc)
            verdict = judge(restoration, backups)
            if verdict is not Verdict.RIGHT:
                print(
                    f"   {verdict.upper()}: {course.pvc}: {restoration}; complete: {backups}",
                    flush=True,
                )
                self._pvcs[place] = ""
            verdicts.append(verdict)
        took = time.monotonic() - start
        return Run(verdicts=tuple(verdicts), denied=len(denials), seconds=took)

    def _course(self, number: int, place: int, chosen: Plan, limit: Limit) -> Course:
        life = chosen.lives[place]
        if life.is_new or not self._pvcs[place]:
            if self._pvcs[place]:
                discard(self._app, self._pvcs[place])
            self._pvcs[place] = f"pvc-{number}-{place}"
            life = replace(life, is_new=True)
        pvc = self._pvcs[place]
        return Course(app=self._app, pvc=pvc, life=life, counter=number + 1, limit=limit)


def _strike(strike: Break) -> None:
    time.sleep(strike.at)
    with FAULTS[strike.fault].broken():
        time.sleep(strike.lasts)


def _live(course: Course, denials: list[str]) -> Restoration:
    try:
        return course.run(denials)
    except StuckError as error:
        print(f"   {course.pvc}: {error}", flush=True)
        return Restoration()


def main() -> int:
    """Returns 1 where a PVC bound with anything but its newest backup, or not at all."""
    parser = argparse.ArgumentParser(prog="scripts/bench chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how many (50)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults (1)")
    parser.add_argument("--pvcs", type=int, default=3, help="side by side (3)")
    parser.add_argument("--first", type=int, default=0, help="number of the first run (0)")
    options = parser.parse_args()
    lab("up")
    lab("pulumi", *UP)
    report.machine(kyverno=versions.KYVERNO.version, volsync=versions.VOLSYNC.version)
    runs, before = [], leftovers.present()
    with new_application() as app, watching(app) as watch:
        chaos = Chaos(app, watch, options.pvcs)
        for number in range(options.first, options.first + options.runs):
            chosen = plan(f"{options.seed}/{number}", options.pvcs, FAULTS)
            run = chaos.run(number, chosen)
            runs.append(run)
            faults = ", ".join(map(str, chosen.breaks))
            words = " ".join(run.verdicts)
            print(
                f"run {number}: {faults}: {run.denied} denied, {words}, {run.seconds:.0f} s",
                flush=True,
            )
    left = leftovers.since(before)
    if left:
        print(f"   LEAKED: {dict(left)}", flush=True)
    totals = figures(runs, left.total())
    report.last(totals)
    return 0 if is_good(totals) else 1


if __name__ == "__main__":
    sys.exit(main())
