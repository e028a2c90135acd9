"""Twenty healthy hourly backups beside PVCs that have trouble of their own: how late are they?

The real controller without pods, in virtual time, on one node with room for two movers. What is
late counts from the slot to the end of the backup; restores that are healthy come in between.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from random import Random
from statistics import quantiles
from typing import Any

from bench import report
from bench.storm.__main__ import control, destination, source, stop
from bench.storm.cluster import Cluster, Pace, Trouble
from contract import metrics as names
from contract.times import parse_lenient
from fakes.api_server import Object
from fakes.builders import CONFIG
from fakes.virtual_loop import VirtualLoop
from kube import resource
from mover.metrics import Metrics
from mover.result import Result

HEALTHY = 20
HOURS = 6
MINUTE = 60.0
CREATING = {"reason": "ContainerCreating"}
TROUBLES = {
    "mount": Trouble(
        waiting=CREATING,
        warning='MountVolume.SetUp failed for volume "pvc-1" : rpc error: code = Internal',
    ),
    "secret": Trouble(
        waiting=CREATING,
        warning='MountVolume.SetUp failed for volume "secret" : secret "volsync-x" not found',
    ),
    "image": Trouble(waiting={"reason": "ImagePullBackOff", "message": "Back-off pulling image"}),
    "password": Trouble(result=Result(reason="wrong repository password")),
    "node": Trouble(
        waiting=CREATING,
        warning='MountVolume.SetUp failed for volume "repository" : mount failed: exit status 32',
    ),
}


@dataclass(frozen=True, kw_only=True)
class Delays:
    """How late the healthy backups ended, in seconds after their slots."""

    backups: int
    median: float
    p95: float
    longest: float
    repository_fails: float  # the share of the time in which it is shown


class _Cluster(Cluster):
    """Notes how late each backup of a healthy PVC ends."""

    def __init__(self, random: Random) -> None:
        super().__init__(1, random, Pace())
        self.delays: list[float] = []

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        before = self.objects[kind, namespace, name].get("status") or {}
        owner = await super().patch_status(kind, namespace, name, version, status)
        slot = parse_lenient(before.get("nextSyncTime"))
        ended: datetime | None = parse_lenient(status.get("lastSyncTime"))
        if slot and ended and kind == resource.REPLICATION_SOURCE and name not in self.troubles:
            self.delays.append((ended - slot).total_seconds())
        return owner


async def run(
    trouble: Trouble, backups: int, restores: int, hours: int = HOURS, seed: int = 1
) -> Delays:
    """Some hours with so many backups and restores in trouble."""
    cluster = _Cluster(Random(seed))  # noqa: S311 - the same hours each time
    for number in range(1, HEALTHY + 1):
        cluster.put(resource.REPLICATION_SOURCE, source(number))
    ill = [(resource.REPLICATION_SOURCE, source(HEALTHY + 1 + n)) for n in range(backups)]
    ill += [(resource.REPLICATION_DESTINATION, destination(n)) for n in range(restores)]
    for kind, item in ill:
        cluster.troubles[item["metadata"]["name"]] = trouble
        cluster.put(kind, item)
    metrics = Metrics()
    controller = asyncio.ensure_future(control(cluster, CONFIG, metrics))
    failing = []
    for _ in range(hours * 60):
        await asyncio.sleep(MINUTE)
        failing.append(metrics.registry.get_sample_value(names.REPOSITORY_FAILING) or 0.0)
    await stop(controller)
    return Delays(
        backups=len(cluster.delays),
        median=_percentile(cluster.delays, 50),
        p95=_percentile(cluster.delays, 95),
        longest=max(cluster.delays),
        repository_fails=round(sum(failing) / len(failing), 3),
    )


def simulate(
    trouble: Trouble, *, backups: int = 0, restores: int = 0, hours: int = HOURS
) -> Delays:
    """The same in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run(trouble, backups, restores, hours))


def _percentile(values: Sequence[float], percent: int) -> float:
    return round(quantiles(values, n=100, method="inclusive")[percent - 1])


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="scripts/bench neighbours", description=__doc__)
    parser.add_argument("--most", type=int, default=5, help="PVCs in trouble")
    most = parser.parse_args().most
    report.machine()
    logging.disable(logging.WARNING)
    totals: dict[str, float] = {}
    for name, trouble in TROUBLES.items():
        for work in ("backups", "restores"):
            for count in sorted({1, 2, most}):
                delays = simulate(trouble, **{work: count})
                print(f"{count} {work}, {name}: {asdict(delays)}", flush=True)
                totals |= {f"{name}_{work}_{count}_{k}": v for k, v in asdict(delays).items()}
    report.last(totals)
    sys.exit(0)


if __name__ == "__main__":
    main()
