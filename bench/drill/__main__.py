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
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import VOLSYNC_NAMESPACE
from lab import paths
from lab.application import Application, KubectlError, Tree, is_bound, kubectl
from lab.program import UP, configure, forget, lab
from stack import versions
from stack.sections import Mover

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
    """The cluster is lost with all that is in it."""
    lab("down", "--keep-export")
    left = [name for name in LOST if (paths.STATE / name).exists()]
    if left:
        raise RuntimeError(f"not lost: {left}")
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
    told = {"wrong_export_refused": refused, **applied_in_vain(fleet)}
    lab("stop", "ganesha")
    export.put_back()
    return told


def applied_in_vain(fleet: Fleet) -> dict[str, int]:
    """What comes of manifests that are applied for a while over a wrong export."""
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
    """One loss, and one way back."""
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
    told = times | wrong | come_back(fleet, before, began)
    fleet.app.delete()
    return told


def come_back(fleet: Fleet, before: Mapping[str, Tree], began: float) -> dict[str, Any]:
    """Applies everything, waits, compares, and waits for the next backup."""
    fleet.ensure_namespace()
    seen = fleet.restore(before)
    courses = fleet.courses(seen)
    for course in courses:
        print(f"   {course.pvc}: {course.seconds:.0f} s: {why(course.phases)}", flush=True)
    told = figures(courses, seen.began, sum(data(tree) for tree in before.values()))
    told["denied"] = seen.denied
    back = max(course.proven for course in courses)
    told["total_s"] = round(back - began, 1)
    if told["restored_equal"] == len(courses):
        told["backup_s"] = round(fleet.wait_backed_up_again() - back, 1)
    return told


def is_good(told: Mapping[str, Any]) -> bool:
    """Whether all came back equal and was backed up again, and nothing came back wrongly."""
    in_vain = told.get("wrong_export_denied", told["pvcs"]) == told["pvcs"]
    whole = told["restored_equal"] == told["pvcs"] and "backup_s" in told
    return whole and in_vain and not told.get("empty_binds")


def summary(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The largest drill, and how it has grown from the smallest."""
    first, *_, last = found if len(found) > 1 else [*found, *found]
    if first is last or not all(map(is_good, found)):
        return dict(last)
    names = ("restore_s", "rto_s", "backup_s")
    grown = {f"growth_{name}": growth(first, last, name) for name in names}
    return {**last, **grown, "smaller": [dict(one) for one in found[:-1]]}


def main() -> int:
    """Exit code 1 unless everything came back equal and was backed up again."""
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
    places = options.jobs or min(Mover().max_jobs, Mover().max_jobs_per_node)
    found = []
    for pvcs in sorted(options.pvcs):
        told = drill(pvcs, options.megabytes, options.jobs, over_wrong_export=options.wrong_export)
        found.append({**told, "movers_at_once": places})
        for name, value in found[-1].items():
            print(f"{name}: {value}", flush=True)
    for key in (UNIQUE_ID, MOVER):
        forget(key)
    report.last(summary(found))
    return 0 if all(map(is_good, found)) else 1


if __name__ == "__main__":
    sys.exit(main())
