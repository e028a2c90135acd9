"""Thousands of hourly backups, restores in between, an outage and a restart: who goes when?

The real controller without pods, in virtual time: reconciler, queue and scheduler over the
simulated API server of the tests.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from bench import report
from bench.storm.cluster import APPLICATION, Cluster, Pace
from contract.environment import MoverSettings
from contract.labels import DESTINATION, SOURCE
from contract.names import Claim
from contract.schedule import cron
from contract.times import time_text
from contract.volsync import API_VERSION, PROVIDER, SpecKey
from fakes.api_server import Object
from fakes.builders import CONFIG, NOW, WANTED
from fakes.virtual_loop import VirtualLoop
from kube import resource
from kube.resource import ObjectKey
from mover import schedule, status
from mover.controller.controller import WORKERS, queue_startable
from mover.controller.reconciler import Reconciler
from mover.controller.workqueue import Queue
from mover.metrics import Metrics

SPACES = 60
SPREAD = 1.5  # starts in a minute over their mean


@dataclass(frozen=True, kw_only=True)
class Storm:
    """How much happens, and when, in minutes."""

    sources: int = 3000
    restores: int = 300
    minutes: int = 120
    nodes: int = 12
    limit: int = 40
    node_limit: int = 4
    outage: tuple[int, int] = (62, 77)
    restarts: tuple[int, ...] = (30, 70)
    restores_at: int = 20
    seed: int = 1


async def run(storm: Storm) -> dict[str, float]:
    """The figures of one storm."""
    random = Random(storm.seed)  # noqa: S311 - the same storm each time
    cluster = Cluster(storm.nodes, random, Pace())
    settings = replace(CONFIG, max_jobs=storm.limit, max_jobs_per_node=storm.node_limit)
    for number in range(storm.sources):
        cluster.put(resource.REPLICATION_SOURCE, source(number))
    controller = asyncio.ensure_future(control(cluster, settings, Metrics()))
    for minute in range(storm.minutes):
        cluster.is_down = storm.outage[0] <= minute < storm.outage[1]
        if minute == storm.restores_at:
            for number in range(storm.restores):
                cluster.add(resource.REPLICATION_DESTINATION, destination(number))
        if minute in storm.restarts:
            await stop(controller)
            controller = asyncio.ensure_future(control(cluster, settings, Metrics()))
        if minute % 10 == 0:
            print(f"minute {minute} of {storm.minutes}", flush=True)
        await asyncio.sleep(60)
    await stop(controller)
    return figures(cluster, storm)


async def control(cluster: Cluster, settings: MoverSettings, metrics: Metrics) -> None:
    """The controller, as mover.controller.run wires it; it begins with a list of all objects."""
    reconciler = Reconciler(cluster, settings, metrics)
    queue = Queue(reconciler.run)
    cluster.on_change = queue.add
    for kind in (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION):
        for _, space, name in list(cluster.objects.of_kind(kind)):
            queue.add(ObjectKey(kind, space, name))
    await asyncio.gather(
        queue_startable(reconciler.scheduler, queue), *(queue.serve() for _ in range(WORKERS))
    )


async def stop(controller: asyncio.Future[None]) -> None:
    """Cancels the controller wherever it is."""
    controller.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await controller


def source(number: int) -> Object:
    """An hourly source that was backed up in time within the last hour."""
    claim = Claim(f"space-{number % SPACES}", f"{APPLICATION}{number}")
    line = cron("hourly", claim)
    ended = schedule.following(line, NOW, "UTC") - timedelta(hours=1) + timedelta(seconds=30)
    parameters = {
        SpecKey.SECRET: f"volsync-{claim.name}",
        SpecKey.USER: f"{claim.name}-backup",
        SpecKey.HOST: claim.namespace,
    }
    return {
        "apiVersion": API_VERSION,
        "metadata": {"name": f"{claim.name}-backup", "namespace": claim.namespace},
        "spec": {
            "sourcePVC": claim.name,
            "trigger": {"schedule": line},
            "external": {"provider": PROVIDER, "parameters": parameters},
        },
        "status": {"lastSyncTime": time_text(ended)},
    }


def destination(number: int) -> Object:
    """A PVC's restore of a recorded snapshot."""
    claim = Claim(f"space-{number % SPACES}", f"new-{number}")
    parameters = {
        SpecKey.SECRET: f"volsync-{claim.name}",
        SpecKey.USER: f"{claim.name}-backup",
        SpecKey.HOST: claim.namespace,
        SpecKey.SNAPSHOT: WANTED,
        SpecKey.CAPACITY: "1Gi",
    }
    external = {"provider": PROVIDER, "parameters": parameters}
    meta = {
        "name": f"{claim.name}-restore",
        "namespace": claim.namespace,
        "ownerReferences": [{"kind": resource.PVC, "name": claim.name, "uid": f"{claim.name}-uid"}],
    }
    return {"apiVersion": API_VERSION, "metadata": meta, "spec": {"external": external}}


def figures(cluster: Cluster, storm: Storm) -> dict[str, float]:
    """The reported figures, the limits beside the measured values."""
    begun = Counter(int((when - NOW).total_seconds()) // 60 for when in cluster.begun)
    return {
        "sources": storm.sources,
        "restores": storm.restores,
        "max_running": cluster.most_at_work,
        "limit": storm.limit,
        "max_running_per_node": cluster.nodes.most,
        "node_limit": storm.node_limit,
        "start_max_over_mean": round(max(begun.values()) * storm.minutes / begun.total(), 3),
        "starved": sum(is_starved(item, cluster.now) for item in owners(cluster)),
        "probes_at_once": cluster.most_probes,
        "failed_jobs": cluster.failed,
        "backups": len(cluster.took[SOURCE]),
        "longest_backup_s": max(cluster.took[SOURCE], default=0),
        "longest_restore_s": max(cluster.took[DESTINATION], default=0),
        "writes": cluster.writes,
    }


def owners(cluster: Cluster) -> Iterator[Object]:
    """Everything that was to be backed up or restored."""
    for kind in (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION):
        yield from cluster.all(kind)


def is_starved(item: Object, now: datetime) -> bool:
    """Whether it was not restored, or not backed up though its slot came an hour ago."""
    state = status.parse(item.get("status"), now)
    if state.last_sync is None or item["kind"] == resource.REPLICATION_DESTINATION:
        return state.last_sync is None
    line = item["spec"]["trigger"]["schedule"]
    return schedule.following(line, state.last_sync, "UTC") < now - timedelta(hours=1)


def broken(totals: dict[str, float]) -> list[str]:
    """The promises that do not hold."""
    promises = {
        "more movers than the limit": totals["max_running"] <= totals["limit"],
        "more movers on a node than its limit": totals["max_running_per_node"]
        <= totals["node_limit"],
        "starts are bunched": totals["start_max_over_mean"] < SPREAD,
        "somebody starves": totals["starved"] == 0,
        "several probes in an outage": totals["probes_at_once"] <= 1,
    }
    return [text for text, is_kept in promises.items() if not is_kept]


def simulate(storm: Storm) -> dict[str, float]:
    """One storm in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run(storm))


def main() -> None:
    """The program."""
    usual = Storm()
    parser = argparse.ArgumentParser(prog="scripts/bench storm", description=__doc__)
    for name in ("sources", "restores", "minutes", "nodes", "limit", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--node-limit", type=int, default=usual.node_limit)
    report.machine()
    logging.disable(logging.WARNING)
    totals = simulate(replace(usual, **vars(parser.parse_args())))
    for name, value in totals.items():
        print(f"{name}: {value}")
    wrong = broken(totals)
    if wrong:
        print("broken: " + "; ".join(wrong), file=sys.stderr)
    report.last(totals)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
