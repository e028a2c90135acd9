"""Each program of the product under each wrong clock, with the real kopia and libfaketime.

A program with a wrong clock either does what it does with a right one, or refuses with words.
What would be lost without the comparison of clocks is measured as well, to show that it is seen.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench import report
from bench.clocks import scene
from bench.clocks.scene import CLAIM, Scene, copied, utc_now
from contract.repository import KEY_PASSWORD, PIN_CONFIG_MAP
from contract.scope import VOLSYNC_NAMESPACE
from contract.times import CLOCKS_DISAGREE, time_text
from contract.volsync import API_VERSION, PROVIDER, StatusKey
from fakes import builders
from fakes.api_server import FakeApiServer, Object
from fakes.http_api import kubeconfig, running
from kube import resource
from kube.resource import ObjectKey
from lab import tools
from lab.clock import wrong_clock
from lab.clock.wrong_clock import DAY, MINUTE, SKEWS
from lab.pins import BY_NAME
from mover.controller.reconciler import Reconciler
from mover.metrics import Metrics

LATE = 8 * MINUTE  # how long a Job may wait for its volume and its image
LOOKS = 4  # of the controller, which makes one object at each


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one program has done under one clock."""

    words: str  # what it did, in a word or two
    lost: int = 0  # snapshots
    is_wrong: bool = False  # another snapshot than the newest was restored, or would be
    waits: bool = False  # for a time that has not come


Cell = Callable[[Scene, timedelta], Outcome]


def _done(text: str, *, is_right: bool) -> str:
    return "right" if is_right else "refused" if CLOCKS_DISAGREE in text else f"FAILED: {text}"


def backup(world: Scene, skew: timedelta) -> Outcome:
    """A backup Job, and one on another node afterwards, which must not wait."""
    return _backups(world, skew, timedelta())


def late_backup(world: Scene, skew: timedelta) -> Outcome:
    """The same, where the Job begins minutes after it was made."""
    return _backups(world, skew, LATE)


def _backups(world: Scene, skew: timedelta, late: timedelta) -> Outcome:
    before = world.snapshots()
    result = world.job(world.order(utc_now() - late), skew)
    after = world.snapshots()
    good = world.job(world.order(utc_now()), timedelta())
    return Outcome(
        words=_done(result.reason, is_right=result.verified and result.snapshot in after),
        lost=len(before.keys() - after.keys()),
        is_wrong=good.verified and world.newest() != good.snapshot,
        waits=not good.verified,
    )


def after_a_wrong_one(world: Scene, skew: timedelta) -> Outcome:
    """Backup and restore beside a snapshot that an earlier version has left with a wrong date."""
    scene.poison(world, skew)
    before = world.snapshots()
    good = world.job(world.order(utc_now()), timedelta())
    back = world.job(world.order(utc_now(), is_backup=False), timedelta())
    lost = before.keys() - world.snapshots().keys() if skew > timedelta() else set()
    return Outcome(
        words=_done(good.reason, is_right=good.verified),
        lost=len(lost),
        is_wrong=back.snapshot != good.snapshot,
        waits=not (good.verified and back.verified),
    )


def restore(world: Scene, skew: timedelta) -> Outcome:
    """A restore Job of the newest snapshot."""
    result = world.job(world.order(utc_now(), is_backup=False), skew)
    is_newest = result.verified and result.snapshot == world.newest()
    words = _done(result.reason, is_right=is_newest)
    return Outcome(words=words, is_wrong=result.verified and not is_newest)


def maintain(world: Scene, skew: timedelta) -> Outcome:
    """Maintenance, quick and full."""
    before = world.snapshots()
    text = world.start(skew, "maintain", str(world.root), world.unique_id)
    lost = len(before.keys() - world.snapshots().keys())
    return Outcome(words=_done(text, is_right="maintenance done" in text), lost=lost)


def answer(world: Scene, skew: timedelta) -> Outcome:
    """What pvc-plumber answers for a PVC that is created again."""
    (world.root / "pin").write_text(world.unique_id)
    with running() as cluster:
        cluster.pin(world.unique_id)
        variables = {
            "KUBECONFIG": str(kubeconfig(world.root, cluster.url)),
            "PLUMBER_REPOSITORY": str(world.root / "repository"),
            "PLUMBER_PASSWORD_FILE": str(world.root / "secret" / KEY_PASSWORD),
            "PLUMBER_PIN_FILE": str(world.root / "pin"),
            "PLUMBER_STATE": str(world.root / "plumber"),
        }
        text = world.start(skew, "answer", CLAIM.namespace, CLAIM.name, variables=variables)
    decision, snapshot, _ = text.split(" ", 2)
    is_newest = (decision, snapshot) == ("restore", world.newest())
    words = _done(text, is_right=is_newest)
    return Outcome(words=words, is_wrong=decision == "restore" and not is_newest)


def control(world: Scene, skew: timedelta) -> Outcome:
    """The time that the controller goes by, and what it does with what a wrong one has left."""
    with running() as cluster:
        cluster.pin(world.unique_id)
        variables = {"KUBECONFIG": str(kubeconfig(world.root, cluster.url))}
        text = world.start(skew, "clock", VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, variables=variables)
    is_right = abs(datetime.fromisoformat(text) - utc_now()) < MINUTE
    return Outcome(words=_done(text, is_right=is_right), waits=asyncio.run(_is_waiting(skew)))


async def _is_waiting(skew: timedelta) -> bool:
    """Whether two backups have no Job, of which one has failed at a wrong time."""
    api = FakeApiServer()
    claim = {"metadata": {"name": "photos", "namespace": builders.SPACE}}
    api.put(resource.PVC, {**claim, "spec": builders.pvc_spec()})
    wrong = time_text(api.now + skew)
    failed = {
        "lastSyncTime": wrong,
        "lastSyncStartTime": wrong,
        "external": {
            StatusKey.ATTEMPTS: "1",
            StatusKey.RETRY_AFTER: wrong,
            StatusKey.REPOSITORY_FAILED: wrong,
        },
    }
    controller, keys = Reconciler(api, builders.CONFIG, Metrics()), []
    for name, status in (("failed", failed), ("new", {})):
        api.put(resource.REPLICATION_SOURCE, {**_source(name), "status": status})
        keys.append(ObjectKey(resource.REPLICATION_SOURCE, builders.SPACE, name))
    for _ in range(LOOKS):
        api.settle_volumes()
        for key in keys:
            await controller.run(key)
    return len(api.all(resource.JOB)) < len(keys)


def _source(name: str) -> Object:
    external = {"provider": PROVIDER, "parameters": builders.PARAMETERS}
    meta = {"name": name, "namespace": builders.SPACE}
    trigger = {"schedule": "17 * * * *"}
    spec = {"sourcePVC": "photos", "trigger": trigger, "external": external}
    return {"apiVersion": API_VERSION, "metadata": meta, "spec": spec}


CELLS: dict[str, Cell] = {
    "backup": backup,
    "late backup": late_backup,
    "beside a wrong date": after_a_wrong_one,
    "restore": restore,
    "maintenance": maintain,
    "pvc-plumber": answer,
    "controller": control,
}


def export(root: Path, kopia: Path, skew: timedelta) -> Outcome:
    """A backup where node and API server agree, and the export's clock is the wrong one."""
    world = scene.build(root, kopia, utc_now() - skew)
    before = world.snapshots()
    result = world.job(world.order(utc_now() - skew), -skew)
    after = world.snapshots()
    is_newest = result.verified and world.newest() == result.snapshot
    kept = {i for i, snapshot in before.items() if snapshot.start > utc_now() - skew - DAY}
    return Outcome(
        words=_done(result.reason, is_right=result.verified and result.snapshot in after),
        lost=len(kept - after.keys()),
        is_wrong=result.verified and not is_newest,
        waits=not result.verified,
    )


def unguarded(world: Scene, skew: timedelta) -> int:
    """How many snapshots go where nothing tells a Job that its clock is wrong."""
    before = world.snapshots()
    world.job(world.order(utc_now() + skew), skew)
    return len(before.keys() - world.snapshots().keys())


def main() -> None:
    """Fills the table, and ends with code 1 where a promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*CELLS, "export"], action="append", metavar="PROGRAM")
    args = parser.parse_args()
    names = args.only or [*CELLS, "export"]
    logging.disable()  # what goes wrong on purpose need not be told
    report.machine(kopia=BY_NAME["kopia"].pin)
    kopia, began = tools.ensure(["kopia-faketime"])["kopia-faketime"], time.monotonic()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        origin = scene.build(root / "origin", kopia, utc_now())
        print(f"| clock | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}", flush=True)
        for number, skew in enumerate(SKEWS):
            row = []
            for name in names:
                place = root / f"{number}-{name}"
                if name == "export":
                    row.append(export(place, kopia, skew))
                else:
                    row.append(CELLS[name](copied(origin, place), skew))
            cells = " | ".join(outcome.words for outcome in row)
            print(f"| {wrong_clock.name(skew)} | {cells} |", flush=True)
            outcomes += row
        lost_unguarded = unguarded(copied(origin, root / "unguarded"), 40 * DAY)
    figures = {
        "clocks": len(SKEWS),
        "programs": len(names),
        "snapshots_lost": sum(outcome.lost for outcome in outcomes),
        "wrong_restores": sum(outcome.is_wrong for outcome in outcomes),
        "waits_for_future": sum(outcome.waits for outcome in outcomes),
        "failed": sum(outcome.words.startswith("FAILED") for outcome in outcomes),
    }
    took = round(time.monotonic() - began, 1)
    report.last({**figures, "lost_unguarded": lost_unguarded, "took_s": took})
    promises = (*list(figures.values())[2:], not lost_unguarded)
    sys.exit(any(promises))


if __name__ == "__main__":
    main()
