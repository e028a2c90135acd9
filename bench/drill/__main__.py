"""The loss of a whole cluster: is every PVC back, byte for byte and unattended, and how soon?

Runs on the lab, which it brings up, and which it destroys in the middle: etcd, all volumes and the
stack's state are gone. Left are the NFS export, the passwords in the secret store, and the stack's
configuration with the repository's id in it. Then the lab is brought up, the stack is deployed,
and the same manifests (a labelled PVC and a pod, so many times) are applied all at once.

cluster_s   the lab, which a user rebuilds by other means
stack_s     `pulumi up`
restore_s   from the first manifest applied to the last PVC bound
rto_s       the same, to the last PVC whose pod has read all files back, and they were equal
total_s     all of it, from the first command
backup_s    from there until every PVC has been backed up again
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bench import report
from bench.drill import export
from bench.drill.course import data, figures, growth, sizes, why
from bench.drill.fleet import PVCS, RETRY, Fleet
from contract.environment import MoverOptions
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import VOLSYNC_NAMESPACE
from lab import paths
from lab.application import Application, KubectlError, Tree, is_bound, kubectl
from lab.program import UP, configure, forget, lab
from stack import versions

WATCH = 60.0  # seconds in which nothing may bind over a wrong export
UNIQUE_ID, MOVER = "repository.uniqueId", "mover"
LOST = ("etcd", "csi", "containerd", "pulumi", "pki")  # folders of the lab's state


@contextmanager
def timed(times: dict[str, float], name: str) -> Generator[None]:
    """Notes how long something takes."""
    began = time.monotonic()
    yield
    times[name] = round(time.monotonic() - began, 1)
    print(f"== {name}: {times[name]} s", flush=True)


def deploy(jobs: int, unique_id: str = "") -> None:
    """`pulumi up`, with the movers at once and the pin in the stack's configuration."""
    if jobs:
        configure(f"{MOVER}.maxJobs", str(jobs))
        configure(f"{MOVER}.maxJobsPerNode", str(jobs))
    if unique_id:
        configure(UNIQUE_ID, unique_id)
    lab("pulumi", *UP)


def lose() -> None:
    """Destroys the cluster with all that is in it."""
    lab("down", "--keep-export")
    remaining = [name for name in LOST if (paths.STATE / name).exists()]
    if remaining:
        raise RuntimeError(f"not lost: {remaining}")
    files, bytes_ = export.size()
    print(
        f"   lost: {', '.join(LOST)}; left: an export of {files} files, {bytes_} bytes", flush=True
    )


def pinned() -> str:
    """The id of the repository that the cluster works with."""
    path = "jsonpath={.data." + PIN_KEY + "}"
    return kubectl("-n", VOLSYNC_NAMESPACE, "get", "configmap", PIN_CONFIG_MAP, "-o", path)


def wrong_export(fleet: Fleet, jobs: int, unique_id: str) -> dict[str, Any]:
    """Rebuilds over another repository, applies everything again and again, and mends it."""
    export.exchange()
    lab("up")
    try:
        deploy(jobs, unique_id)
        refused = False
    except subprocess.CalledProcessError:
        refused = True
    figures_ = {"wrong_export_refused": refused, **applied_in_vain(fleet)}
    lab("stop", "ganesha")
    export.put_back()
    return figures_


def applied_in_vain(fleet: Fleet) -> dict[str, int]:
    """Applies all manifests for a while over a wrong export; counts denials and binds."""
    fleet.ensure_namespace()
    deadline, denied = time.monotonic() + WATCH, 0
    while time.monotonic() < deadline:
        try:
            fleet.apply(backup="hourly")
        except KubectlError as error:
            denied += 1
            print(f"   denied: {str(error).splitlines()[0]}", flush=True)
        time.sleep(RETRY)
    return in_vain(fleet.sizes, fleet.every(PVCS)) | {"wrong_export_attempts_denied": denied}


def in_vain(wanted: Sequence[str] | Mapping[str, Any], pvcs: Mapping[str, Any]) -> dict[str, int]:
    """How many of those that have backups were denied, and how many have bound without them."""
    bound = [pvc for pvc in pvcs.values() if is_bound(pvc)]
    return {
        "wrong_export_denied": sum(name not in pvcs for name in wanted),
        "empty_binds": len(bound),
    }


def drill(pvcs: int, megabytes: int, jobs: int, *, over_wrong_export: bool) -> dict[str, Any]:
    """Plays one loss and one recovery; returns the figures."""
    fleet = Fleet(Application(f"drill-{pvcs}"), sizes(pvcs, megabytes))
    times: dict[str, float] = {}
    lab("up")
    deploy(jobs)
    unique_id = pinned()
    with timed(times, "prepare_s"):
        before = fleet.prepare()
    lose()
    wrong = wrong_export(fleet, jobs, unique_id) if over_wrong_export else {}
    began = time.time()
    with timed(times, "cluster_s"):
        lab("up")
    with timed(times, "stack_s"):
        deploy(jobs, unique_id)
    result = times | wrong | come_back(fleet, before, began)
    fleet.app.delete()
    return result


def come_back(fleet: Fleet, before: Mapping[str, Tree], began: float) -> dict[str, Any]:
    """Applies everything, waits, compares, and waits for the next backup."""
    fleet.ensure_namespace()
    progress = fleet.restore(before)
    courses = fleet.courses(progress)
    for course in courses:
        print(f"   {course.pvc}: {course.seconds:.0f} s: {why(course.phases)}", flush=True)
    totals = figures(courses, progress.began, sum(data(tree) for tree in before.values()))
    totals["denied"] = progress.denied
    back = max(course.proven for course in courses)
    totals["total_s"] = round(back - began, 1)
    if totals["restored_equal"] == len(courses):
        totals["backup_s"] = round(fleet.wait_backed_up_again() - back, 1)
    return totals


def is_good(totals: Mapping[str, Any]) -> bool:
    """Whether all came back equal and was backed up again, and nothing came back wrongly."""
    in_vain = totals.get("wrong_export_denied", totals["pvcs"]) == totals["pvcs"]
    whole = totals["restored_equal"] == totals["pvcs"] and "backup_s" in totals
    return whole and in_vain and not totals.get("empty_binds")


def summary(drills: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of the largest drill, and their growth from the smallest."""
    first, *_, last = drills if len(drills) > 1 else [*drills, *drills]
    if first is last or not all(map(is_good, drills)):
        return dict(last)
    names = ("restore_s", "rto_s", "backup_s")
    grown = {f"growth_{name}": growth(first, last, name) for name in names}
    return {**last, **grown, "smaller": [dict(figures_) for figures_ in drills[:-1]]}


def main() -> int:
    """Returns 1 unless everything came back equal and was backed up again."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench drill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--pvcs", type=int, nargs="+", default=[24], help="how many (24); several: how it grows"
    )
    parser.add_argument("--megabytes", type=int, default=4, help="mean of the big files (4)")
    parser.add_argument(
        "--jobs", type=int, default=0, help="mover.maxJobs and maxJobsPerNode (the defaults)"
    )
    parser.add_argument("--wrong-export", action="store_true", help="first over a wrong one")
    options = parser.parse_args()
    report.machine(kyverno=versions.KYVERNO.version, volsync=versions.VOLSYNC.version)
    # The lab has one node.
    places = options.jobs or min(MoverOptions().max_jobs, MoverOptions().max_jobs_per_node)
    drills = []
    for pvcs in sorted(options.pvcs):
        totals = drill(
            pvcs, options.megabytes, options.jobs, over_wrong_export=options.wrong_export
        )
        drills.append({**totals, "movers_at_once": places})
        for name, value in drills[-1].items():
            print(f"{name}: {value}", flush=True)
    for key in (UNIQUE_ID, MOVER):
        forget(key)
    report.last(summary(drills))
    return 0 if all(map(is_good, drills)) else 1


if __name__ == "__main__":
    sys.exit(main())
