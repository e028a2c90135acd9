"""What the mover's controller, pvc-plumber and the audit cost a cluster in which nothing happens.

A real API server with etcd holds protected PVCs in fifty namespaces, each bound, backed up and with
its next slot half a day away; the repository is a real one. Each program is a process with its
defaults, a user of its own and the probes of its pod; pvc-plumber has the replicas that a stack
gives it by default, and its figures are those of all of them. Nothing else runs: no Kyverno, no
VolSync, no Prometheus, no controller of Kubernetes. There is no peer to compare with.

It is measured once all are ready and nothing was reconciled or written for a minute.

requests_per_s    requests that come to the API server, by its own audit log, which names each
                  user; a watch counts when it is begun
watches           open at the end
cpu_percent       processor time, of one core; that of kopia, which they start, included
rss_mb            resident memory, MB, the median of a look each second
rss_most_mb       the most, MB, with the kopia that lists the repository now and then
"""

import argparse
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import report, repository
from bench.idle import audit_log, cluster, programs
from bench.idle.audit_log import Log, Request
from bench.idle.programs import USERS, Cost
from components.pvc_plumber import PlumberOptions
from kopia.snapshots import listing
from kube.resource import REPLICATION_DESTINATION, REPLICATION_SOURCE, plural
from lab import tools
from lab.pins import BY_NAME
from lab.polling import Interval, wait_until

NAMESPACES = 50
QUIET = timedelta(seconds=60)
SETTLED_WITHIN = 900.0  # seconds, on a busy machine
LOOK = Interval(2.0, 2.0)
OWNERS = (plural(REPLICATION_SOURCE), plural(REPLICATION_DESTINATION))
MB = 1e6


def settle(log: Log) -> None:
    """Waits until nothing has been reconciled or written for a while. Raises TimeoutError."""

    def is_quiet() -> bool:
        last = audit_log.last_work(log.read(), OWNERS)
        return last is not None and datetime.now(UTC) - last > QUIET

    wait_until("a minute without work", is_quiet, SETTLED_WITHIN, LOOK)


def figures(
    counts: Counter[Request], watches: Counter[str], costs: dict[str, Cost], seconds: float
) -> dict[str, Any]:
    """The rates and costs, in all and by program."""
    by_program = {}
    for user, name in USERS.items():
        own = sum(count for request, count in counts.items() if request.user == user)
        by_program[name] = {
            "requests_per_s": round(own / seconds, 3),
            "watches": watches[user],
            "cpu_percent": round(costs[user].cpu_percent, 2),
            "rss_mb": round(costs[user].rss / MB, 1),
            "rss_most_mb": round(costs[user].rss_most / MB, 1),
        }
    return {"requests_per_s": round(counts.total() / seconds, 3), **by_program}


def lines(counts: Counter[Request], seconds: float) -> list[str]:
    """The requests by program, verb and resource, the most frequent first."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    for request, count in counts.items():
        kinds[USERS[request.user], request.verb, request.resource] += count
    return [
        f"{name:8} {verb:6} {resource:30} {count:6} {count / seconds:8.3f}/s"
        for (name, verb, resource), count in kinds.most_common()
    ]


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One cluster at rest."""
    users = -(-options.pvcs // NAMESPACES)
    print("building the repository", flush=True)
    built = repository.build(
        folder / "repository", identities=options.pvcs, kept=options.kept, users=users
    )
    kopia = built.kopia(folder / "repository" / "writer")
    snapshots = sorted(listing(kopia), key=lambda snapshot: snapshot.start)
    newest = {snapshot.identity: snapshot for snapshot in snapshots}
    with cluster.running(folder / "cluster", [*USERS]) as at_rest:
        print("filling the cluster", flush=True)
        claims = repository.claims(options.pvcs, users)
        cluster.fill(at_rest.servers, claims, newest, built.unique_id)
        binary = str(tools.ensure(["kopia"])["kopia"])
        orders = programs.orders(built, folder, options.replicas, binary)
        with programs.started(orders, at_rest.servers, folder) as running:
            print("waiting until nothing moves", flush=True)
            settle(at_rest.log)
            print(f"measuring for {options.seconds:g} s", flush=True)
            begin, began = datetime.now(UTC), time.monotonic()
            costs = programs.watched(running, options.seconds)
            end, seconds = datetime.now(UTC), time.monotonic() - began
            time.sleep(1)  # the log is written a moment later
            events = at_rest.log.read()
    counts = audit_log.requests(events, begin, end)
    print("\n".join(lines(counts, seconds)))
    for (request, code), count in audit_log.failures(events, begin, end).items():
        print(f"failed with {code}: {count} of {request.verb} {request.resource} ({request.user})")
    return {
        "pvcs": options.pvcs,
        "seconds": round(seconds, 1),
        **figures(counts, audit_log.open_watches(events, end), costs, seconds),
    }


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench idle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    replicas = PlumberOptions().replicas
    kept = repository.KEPT
    parser.add_argument("--pvcs", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seconds", type=float, default=300, help="how long is measured (300)")
    parser.add_argument("--kept", type=int, default=kept, help=f"snapshots of each ({kept})")
    parser.add_argument(
        "--replicas", type=int, default=replicas, help=f"of pvc-plumber ({replicas})"
    )
    options = parser.parse_args()
    versions = {name: BY_NAME[name].pin for name in ("kopia", "etcd", "kube-apiserver")}
    report.machine(**versions)
    with tempfile.TemporaryDirectory() as name:
        totals = measure(Path(name), options)
    report.last(totals)


if __name__ == "__main__":
    main()
