"""Write, back up, delete, create again: is what comes back always the newest backup?

Runs on the lab, which it brings up. Every cycle has files and a backup of its own, so that an
older snapshot, a cached listing or an image of a former restore would show.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import Lock

from bench import report
from contract import labels
from lab.application import BESIDE, DATA, Application, KubectlError, Tree, kubectl
from lab.demo import difference
from lab.polling import wait_until
from lab.program import UP, lab
from stack import versions

FILES = 40
# Names and sizes differ each time, so that no cycle's files can pass for another one's.
FILL = f"""
import os, random, shutil, time
for name in os.listdir("{DATA}"):
    shutil.rmtree(os.path.join("{DATA}", name))
top = os.path.join("{DATA}", os.urandom(8).hex())
os.mkdir(top)
for number in range({FILES}):
    with open(os.path.join(top, str(number)), "wb") as file:
        file.write(os.urandom(random.randrange(1 << 14)))
now = time.time()
for path in (*(os.path.join(top, name) for name in os.listdir(top)), top):
    os.utime(path, (now, now))  # a folder comes back with the time of its newest file
os.sync()
"""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """The result of one cycle."""

    latest: str = ""  # the snapshot that was made last
    chosen: str = ""  # the one that the PVC asked for when it was created again
    changed: tuple[str, ...] = ()  # paths that came back otherwise than they were
    denied: int = 0  # creations that had to be repeated
    seconds: float = 0.0
    error: str = ""

    @property
    def is_newest_equal(self) -> bool:
        """Whether the newest backup was chosen, and came back as it was."""
        return (
            not self.error and bool(self.latest) and self.chosen == self.latest and not self.changed
        )


def figures(cycles: Iterable[Cycle]) -> dict[str, float]:
    """The reported figures of some cycles."""
    all_cycles = list(cycles)
    times = [cycle.seconds for cycle in all_cycles if not cycle.error] or [0.0]
    return {
        "cycles": len(all_cycles),
        "newest_equal": sum(cycle.is_newest_equal for cycle in all_cycles),
        "denied": sum(cycle.denied for cycle in all_cycles),
        "median_s": round(statistics.median(times), 1),
        "max_s": round(max(times), 1),
    }


def shares(cycles: int, pvcs: int) -> list[int]:
    """How many cycles each PVC has; none has two more than another, and none has none."""
    return [len(range(first, cycles, pvcs)) for first in range(min(cycles, pvcs))]


def run_cycle(app: Application, pvc: str, number: int) -> Cycle:
    """Plays one cycle of an existing PVC."""
    start = time.monotonic()
    app.run(pvc, "python3", "-c", FILL)
    before = app.files(pvc)
    snapshot = app.back_up(pvc, f"cycle-{number}")["snapshot"]
    app.delete_pvc(pvc)
    denied = create(app, pvc)
    created = app.pvc(pvc) or {"metadata": {}}
    chosen = created["metadata"].get("annotations", {}).get(labels.RESTORE_FROM, "")
    app.wait_bound(pvc)
    return Cycle(
        latest=snapshot,
        chosen=chosen,
        changed=tuple(_difference(before, app.files(pvc))),
        denied=denied,
        seconds=time.monotonic() - start,
    )


def _difference(before: Tree, after: Tree) -> list[str]:
    # An empty tree on both sides would be equal, and prove nothing.
    return difference(before, after) if len(before) > FILES else ["nothing was written"]


def create(app: Application, pvc: str) -> int:
    """Creates a PVC, repeatedly where it is denied, as GitOps does; returns the denials."""
    denied = 0

    def is_admitted() -> bool:
        nonlocal denied
        try:
            app.apply_pvc(pvc, backup="hourly")
        except KubectlError as error:
            denied += 1
            print(f"   {pvc} is denied: {error}", flush=True)
            return False
        return True

    wait_until(f"admission of {pvc}", is_admitted)
    return denied


def cycles_of(app: Application, pvc: str, count: int, printing: Lock) -> Iterator[Cycle]:
    """All cycles of one PVC. One that fails ends them, and those that it leaves out fail too."""
    app.apply_pvc(pvc, backup="hourly")
    for number in range(count):
        try:
            cycle = run_cycle(app, pvc, number)
        except (KubectlError, TimeoutError) as error:
            cycle = Cycle(error=str(error))
        with printing:
            verdict = "newest and equal" if cycle.is_newest_equal else f"WRONG: {cycle}"
            print(f"   {pvc} cycle {number}: {cycle.seconds:5.1f} s, {verdict}", flush=True)
        yield cycle
        if cycle.error:
            yield from [Cycle(error="not run")] * (count - number - 1)
            return


@contextmanager
def application(*, is_beside: bool) -> Generator[Application]:
    """A namespace of its own, removed afterwards; or that whose movers work in it, which stays."""
    if is_beside:
        app = Application(BESIDE)
        yield app
        kubectl("-n", BESIDE, "delete", "pods,persistentvolumeclaims", "--all")
        return
    app = Application("restore-cycles")
    app.delete()  # an earlier run's
    app.create()
    try:
        yield app
    finally:
        app.delete()


def main() -> int:
    """Returns 1 unless every cycle got the newest backup back."""
    parser = argparse.ArgumentParser(prog="scripts/bench restore_cycles", description=__doc__)
    parser.add_argument("--cycles", type=int, default=100, help="how many (100)")
    parser.add_argument("--pvcs", type=int, default=4, help="side by side (4)")
    parser.add_argument(
        "--beside", action="store_true", help="in a namespace whose movers work in it"
    )
    options = parser.parse_args()
    lab("up")
    lab("pulumi", *UP)
    report.machine(kyverno=versions.KYVERNO.version, volsync=versions.VOLSYNC.version)
    printing, parts = Lock(), shares(options.cycles, options.pvcs)
    with application(is_beside=options.beside) as app, ThreadPoolExecutor(len(parts)) as pool:

        def run_part(number: int) -> list[Cycle]:
            return list(cycles_of(app, f"pvc-{number}", parts[number], printing))

        totals = figures(chain.from_iterable(pool.map(run_part, range(len(parts)))))
    for name, value in totals.items():
        print(f"{name}: {value}")
    report.last(totals)
    return 0 if totals["newest_equal"] == totals["cycles"] else 1


if __name__ == "__main__":
    sys.exit(main())
