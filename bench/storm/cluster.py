"""Stand-in for a cluster that runs movers: storage, a scheduler, nodes and a repository.

It is the API server of the tests with hands of its own.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.storm.nodes import Nodes
from contract.labels import BOUND, DESTINATION, ROLE, SOURCE
from contract.times import parse_lenient, time_text
from contract.volsync import StatusKey
from fakes.api_server import FakeApiServer, Object
from fakes.builders import NOW, PROVEN, pvc_spec
from kube import resource
from kube.resource import EVENT, STORAGE_CLASS, ObjectKey
from mover.job import task
from mover.manifest.job import CONTAINER
from mover.result import Result, encode

API_DELAY = 0.01  # seconds of a call
WATCH_DELAY = 0.05  # seconds until a change is told
APPLICATION = "data-"  # begins the names of PVCs that are backed up
PLAIN = "plain"  # a StorageClass without snapshots
DOWN = Result(reason="the repository does not answer", repository_failed=True)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds, each drawn evenly from a range."""

    snapshot: tuple[float, float] = (1, 5)
    place: tuple[float, float] = (0.2, 1)
    start: tuple[float, float] = (1, 4)
    copy: tuple[float, float] = (5, 30)
    refused: tuple[float, float] = (3, 10)  # where the repository does not answer


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What befalls each mover of one owner: its pod never starts, or it ends with a result."""

    waiting: Mapping[str, str] = field(default_factory=dict)  # the state of its container
    warning: str = ""  # kubelet's event
    result: Result | None = None


class Cluster(FakeApiServer):
    """The API server with controllers; counts what the scheduler promises."""

    def __init__(self, nodes: int, random: Random, pace: Pace) -> None:
        super().__init__()
        self.on_change: Callable[[ObjectKey], None] = lambda key: None
        self.is_down = False  # the repository
        self.begun: list[datetime] = []  # backups
        self.took: dict[str, list[float]] = {SOURCE: [], DESTINATION: []}
        self.failed = 0  # Jobs, by the repository
        self.most_at_work = self.most_probes = 0
        self._random, self._pace = random, pace
        self._at_work: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure = self._success = ""  # the newest in any status
        self._probes: set[str] = set()
        self.troubles: dict[str, Trouble] = {}  # by the name of an owner
        self.nodes = Nodes(self, nodes)
        plain = {"metadata": {"name": PLAIN, "namespace": ""}, "provisioner": "plain.example"}
        self.put(STORAGE_CLASS, plain)

    def clock(self) -> datetime:
        self.now = NOW + timedelta(seconds=asyncio.get_running_loop().time())
        return self.now

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        await asyncio.sleep(API_DELAY)
        if kind == resource.PVC and name.startswith(APPLICATION):
            return application_claim(namespace, name)
        return await super().get(kind, namespace, name)

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        await asyncio.sleep(API_DELAY)
        return self.chosen(kind, namespace, selector, fields)

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        await asyncio.sleep(API_DELAY)
        self.clock()
        created = await super().create(manifest, dry_run=dry_run)
        if dry_run or created["kind"] not in (resource.JOB, resource.PVC, resource.SNAPSHOT):
            return created
        self._at_work[_uid(created)] += _is_work(created)
        self.most_at_work = max(self.most_at_work, sum(n > 0 for n in self._at_work.values()))
        live = self.objects[_address(created)]
        if created["kind"] == resource.SNAPSHOT:
            self._spawn(self._take(live))
        elif created["kind"] == resource.PVC:
            live["status"] = {"phase": BOUND}
        else:
            self._count_probe(live)
            self._spawn(self._run(live))
        return created

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        await asyncio.sleep(API_DELAY)
        item = self.objects.get((kind, namespace, name))
        await super().delete(kind, namespace, name, uid, version)
        if item:
            self._at_work[_uid(item)] -= _is_work(item)
            self._probes.discard(uid)
            self._changed(item)

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        await asyncio.sleep(API_DELAY)
        now = self.clock()
        before = self.objects[kind, namespace, name].get("status") or {}
        owner = await super().patch_status(kind, namespace, name, version, status)
        role = SOURCE if kind == resource.REPLICATION_SOURCE else DESTINATION
        if status.get("lastSyncStartTime") and role == SOURCE:
            self.begun.append(now)
        begun = parse_lenient(before.get("lastSyncStartTime"))
        if status.get("lastSyncTime") and begun:
            self.took[role].append((now - begun).total_seconds())
        self._success = max(self._success, status.get("lastSyncTime") or "")
        external = status.get("external") or {}
        self._failure = max(self._failure, external.get(StatusKey.REPOSITORY_FAILED) or "")
        self._notify(ObjectKey(kind, namespace, name))
        return owner

    def add(self, kind: str, item: Object) -> None:
        """Creates an object and notifies the controller."""
        self.clock()
        meta = self.put(kind, item)["metadata"]
        self._notify(ObjectKey(kind, meta["namespace"], meta["name"]))

    async def _take(self, snapshot: Object) -> None:
        await self._pass(self._pace.snapshot)
        snapshot["status"] = {"readyToUse": True, "restoreSize": "1Gi"}
        volumes = self.objects.of_kind(resource.PVC).values()
        if not _is_work(snapshot):  # an image: its volume is only kept from here on
            self._at_work[_uid(snapshot)] -= sum(_uid(v) == _uid(snapshot) for v in volumes)
        self._changed(snapshot)

    async def _run(self, job: Object) -> None:
        await self._pass(self._pace.place)
        pod = await self.nodes.place(job) if self._is_there(job) else None
        if pod is None:
            return
        await self._pass(self._pace.start)
        trouble = self.troubles.get(job["metadata"]["ownerReferences"][0]["name"])
        if trouble and trouble.result is None:
            self._hinder(pod, trouble)
            self._changed(job)
            return
        state = {"name": CONTAINER, "state": {"running": {"startedAt": time_text(self.clock())}}}
        pod["status"] = {"phase": "Running", "containerStatuses": [state]}
        self._changed(job)
        result = DOWN if self.is_down else replace(PROVEN, snapshot=_wanted(job))
        if trouble and trouble.result:
            result = trouble.result
        is_lost = not result.verified
        await self._pass(self._pace.refused if is_lost else self._pace.copy)
        end = {"exitCode": int(is_lost), "message": encode(result)}
        state["state"] = {"terminated": end}
        pod["status"]["phase"] = "Failed" if is_lost else "Succeeded"
        kind = "Failed" if is_lost else "Complete"
        job["status"] = {"conditions": [{"type": kind, "status": "True"}]}
        self.failed += is_lost and self._is_there(job)
        self._probes.discard(job["metadata"]["uid"])
        self._changed(job)

    def _hinder(self, pod: Object, trouble: Trouble) -> None:
        state = {"waiting": trouble.waiting}
        pod["status"]["containerStatuses"] = [{"name": CONTAINER, "state": state}]
        if trouble.warning:
            about = {
                "name": f"{pod['metadata']['name']}.1",
                "namespace": pod["metadata"]["namespace"],
            }
            event = {"metadata": about, "type": "Warning", "message": trouble.warning}
            whose = {"uid": pod["metadata"]["uid"]}
            when = time_text(self.clock())
            self.put(EVENT, {**event, "involvedObject": whose, "lastTimestamp": when})

    def _count_probe(self, job: Object) -> None:
        if self._failure > self._success:
            self._probes.add(job["metadata"]["uid"])
            self.most_probes = max(self.most_probes, len(self._probes))

    def _is_there(self, item: Object) -> bool:
        return self.objects.get(_address(item)) is item

    def _changed(self, child: Object) -> None:
        (ref,) = child["metadata"]["ownerReferences"]
        self._notify(ObjectKey(ref["kind"], child["metadata"]["namespace"], ref["name"]))

    def _notify(self, key: ObjectKey) -> None:
        asyncio.get_running_loop().call_later(WATCH_DELAY, lambda: self.on_change(key))

    async def _pass(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self._random.uniform(*seconds))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def application_claim(namespace: str, name: str) -> Object:
    """A PVC in use; one in twenty is on storage without snapshots."""
    number = int(name.removeprefix(APPLICATION))
    return {
        "kind": resource.PVC,
        "metadata": {"name": name, "namespace": namespace, "uid": name, "resourceVersion": "1"},
        "spec": pvc_spec(storageClassName=PLAIN if number % 20 == 0 else "fast"),
        "status": {"phase": BOUND},
    }


def _wanted(job: Object) -> str:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    order = task.read({pair["name"]: pair["value"] for pair in container["env"]})
    return order.snapshot or PROVEN.snapshot


def _is_work(item: Object) -> bool:
    """Whether it takes a place: an image of a restore does not."""
    role = item["metadata"]["labels"][ROLE]
    return item["kind"] != resource.SNAPSHOT or role == SOURCE


def _address(item: Object) -> tuple[str, str, str]:
    return item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]


def _uid(item: Object) -> str:
    return item["metadata"]["ownerReferences"][0]["uid"]
