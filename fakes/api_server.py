"""Stand-in for the mover's API server and the cluster behind it: objects are dicts in memory.

It keeps uids, versions, preconditions and owner references as Kubernetes does, and it knows what
is really in a volume or a snapshot, so that a status can be compared with the truth. A snapshot
lives in its volume and goes with it, as Longhorn's do.
"""

import itertools
import marshal
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any

from contract.labels import BOUND
from contract.repository import MOUNT_PATH, PIN_CONFIG_MAP, PIN_KEY, VOLUME
from contract.times import time_text
from fakes.builders import NOW, PIN, SPACE
from kube import resource
from kube.api import ApiError
from kube.resource import CONFIG_MAP, EVENT, NAMESPACE, POD
from mover.result import Result, encode

Object = dict[str, Any]
Address = tuple[str, str, str]


class Killed(BaseException):
    """The controller died right after a write."""


def refused(code: int, text: str) -> ApiError:
    return ApiError(f"the API server said: {text}", code, text)


class ObjectStore(MutableMapping[Address, Object]):
    """Objects by kind, namespace and name, indexed by kind."""

    def __init__(self) -> None:
        self._of_kind: dict[str, dict[Address, Object]] = {}

    def of_kind(self, kind: str) -> dict[Address, Object]:
        return self._of_kind.setdefault(kind, {})

    def __getitem__(self, address: Address) -> Object:
        return self.of_kind(address[0])[address]

    def __setitem__(self, address: Address, item: Object) -> None:
        self.of_kind(address[0])[address] = item

    def __delitem__(self, address: Address) -> None:
        del self.of_kind(address[0])[address]

    def __iter__(self) -> Iterator[Address]:
        return itertools.chain.from_iterable(self._of_kind.values())

    def __len__(self) -> int:
        return sum(map(len, self._of_kind.values()))


class FakeApiServer:
    """Implements `kube.api.Api`."""

    def __init__(self) -> None:
        self.objects = ObjectStore()
        self.contents: dict[str, str] = {}  # uid of a volume or snapshot: what is in it
        self.inside: dict[str, str] = {}  # uid of a snapshot: uid of its volume
        self.handles: dict[str, str] = {}  # uid of a snapshot: the storage's name of it
        self.events: list[Object] = []
        self.now = NOW
        self.writes = 0
        self.kill_at = 0
        self.injects = True
        self.refuse: Callable[[Mapping[str, Any]], ApiError | None] = lambda manifest: None
        self._numbers = itertools.count(1)
        self.put(NAMESPACE, {"metadata": {"name": SPACE, "namespace": ""}})
        pin = {"metadata": {"name": PIN_CONFIG_MAP, "namespace": "volsync-system"}}
        self.put(CONFIG_MAP, {**pin, "data": {PIN_KEY: PIN}})

    def put(self, kind: str, item: Object) -> Object:
        """Stores an object, as somebody else would."""
        number = next(self._numbers)
        stored: Object = {**copied(item), "kind": kind}
        stored["metadata"] = stored["metadata"] | {
            "uid": f"uid-{number}",
            "resourceVersion": str(number),
            "creationTimestamp": time_text(self.now),
        }
        self.objects[kind, stored["metadata"].get("namespace", ""), stored["metadata"]["name"]] = (
            stored
        )
        return stored

    def change(self, kind: str, namespace: str, name: str, patch: Object) -> None:
        """Changes an object as somebody else would."""
        item = self.objects[kind, namespace, name]
        item.update(merged(item, patch))
        item["metadata"]["resourceVersion"] = str(next(self._numbers))

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Removes an object as somebody else would, with its content and that of its snapshots."""
        uid = self.objects.pop((kind, namespace, name))["metadata"]["uid"]
        self.contents.pop(uid, None)
        if self.handles.get(uid) == uid:
            self._lose_snapshot(uid)
        for snapshot_uid, volume_uid in self.inside.items():
            if volume_uid == uid:
                self.contents.pop(snapshot_uid, None)

    def _lose_snapshot(self, handle: str) -> None:
        """The storage deletes a snapshot with the one that it was taken for."""
        self.objects.pop((resource.SNAPSHOT_CONTENT, "", f"snapcontent-{handle}"), None)
        for uid, known in self.handles.items():
            if known == handle:
                self.contents.pop(uid, None)

    def all(self, kind: str) -> list[Object]:
        return list(self.objects.of_kind(kind).values())

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # The calls of `kube.api.Api`.

    def clock(self) -> datetime:
        return self.now

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        item = self.objects.get((kind, namespace, name))
        return copied(item) if item else None

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[Object]:
        return [copied(item) for item in self.chosen(kind, namespace, selector, fields)]

    def chosen(self, kind: str, namespace: str, selector: str, fields: str = "") -> list[Object]:
        """The objects themselves, not copies, for readers."""
        wanted = [part.partition("=") for part in selector.split(",") if part]
        path, _, value = fields.partition("=")

        def fits(labels: Mapping[str, str]) -> bool:
            return all(
                key in labels and (not sign or labels[key] == value) for key, sign, value in wanted
            )

        return [
            item
            for (_, space, _), item in self.objects.of_kind(kind).items()
            if namespace in ("", space)
            and fits(item["metadata"].get("labels") or {})
            and (not path or field(item, path) == value)
        ]

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        kind, meta = manifest["kind"], manifest["metadata"]
        if kind == EVENT:
            self.events.append(dict(manifest))
            return dict(manifest)
        error = self.refuse(manifest)
        if error:
            raise error
        space = meta.get("namespace", "")
        if (kind, space, meta["name"]) in self.objects:
            raise refused(409, "exists")
        shape = copied(dict(manifest))
        if kind == resource.JOB and self.injects:
            pod = shape["spec"]["template"]["spec"]
            pod["volumes"].append({"name": VOLUME, "nfs": {}})
            pod["containers"][0]["volumeMounts"].append({"name": VOLUME, "mountPath": MOUNT_PATH})
        if dry_run:
            return shape
        stored = self.put(kind, shape)
        source = (manifest.get("spec") or {}).get("source", {})
        volume = source.get("persistentVolumeClaimName")
        pvc = self.objects.get((resource.PVC, space, volume)) if volume else None
        uid = stored["metadata"]["uid"]
        if pvc:
            origin = pvc["metadata"]["uid"]
            self.contents[uid] = self.contents.get(origin, "")
            self.inside[uid] = origin
            self.handles[uid] = uid
        self._wrote()
        return copied(stored)

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        item = self.objects.get((kind, namespace, name))
        if item is None:
            raise refused(404, "gone")
        meta = item["metadata"]
        if meta["uid"] != uid or (version and meta["resourceVersion"] != version):
            raise refused(409, "another one")
        self.remove(kind, namespace, name)
        for pod in self.all(POD):
            if any(ref["uid"] == uid for ref in pod["metadata"].get("ownerReferences", ())):
                del self.objects[POD, namespace, pod["metadata"]["name"]]
        self._wrote()

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        body = {"metadata": {"resourceVersion": version}, "status": status}
        return await self.patch(kind, namespace, name, body)

    async def patch(self, kind: str, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        item = self.objects.get((kind, namespace, name))
        if item is None:
            raise refused(404, "gone")
        if item["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise refused(409, "changed")
        item.update(merged(item, body))
        item["metadata"]["resourceVersion"] = str(next(self._numbers))
        self._wrote()
        return copied(item)

    def _wrote(self) -> None:
        self.writes += 1
        if self.writes == self.kill_at:
            raise Killed

    # The cluster's own controllers.

    def settle_volumes(self) -> None:
        """Binds PVCs unless a populator has to fill them, and makes VolumeSnapshots ready."""
        for item in self.all(resource.PVC):
            if "dataSourceRef" not in item["spec"]:
                item.setdefault("status", {})["phase"] = BOUND
        for item in self.all(resource.SNAPSHOT):
            content = self._bound(item)
            if content:
                item.setdefault("status", {}).update(
                    readyToUse=True, restoreSize="1Gi", boundVolumeSnapshotContentName=content
                )

    def _bound(self, snapshot: Object) -> str:
        """The content of a snapshot, made for it or by somebody else; "" where that is not fit."""
        meta, uid = snapshot["metadata"], snapshot["metadata"]["uid"]
        name = snapshot["spec"]["source"].get("volumeSnapshotContentName")
        if not name:
            made = {"name": f"snapcontent-{uid}"}
            if (resource.SNAPSHOT_CONTENT, "", made["name"]) not in self.objects:
                spec = {"driver": "csi.example", "source": {"volumeHandle": "v"}}
                status = {"snapshotHandle": uid}
                self.put(
                    resource.SNAPSHOT_CONTENT, {"metadata": made, "spec": spec, "status": status}
                )
            return made["name"]
        content = self.objects.get((resource.SNAPSHOT_CONTENT, "", name))
        wanted = {"namespace": meta["namespace"], "name": meta["name"]}
        if content is None or content["spec"]["volumeSnapshotRef"] != wanted:
            return ""
        handle = content["spec"]["source"]["snapshotHandle"]
        if uid not in self.handles and handle in self.contents:
            self.handles[uid], self.inside[uid] = handle, self.inside[handle]
            self.contents[uid] = self.contents[handle]
        return name

    def end_job(self, job: Object, result: Result | None, *, succeeded: bool = True) -> None:
        """Ends a Job's pod; its volume then holds what the result says, or half of it."""
        meta, spec = job["metadata"], job["spec"]["template"]["spec"]
        volume = spec["volumes"][0]["persistentVolumeClaim"]["claimName"]
        claim = self.objects.get((resource.PVC, meta["namespace"], volume))
        if claim:
            proven = result is not None and result.verified
            self.contents[claim["metadata"]["uid"]] = result.snapshot if proven else "half"
        ended: Object = {"exitCode": 0 if succeeded else 1}
        if result:
            ended["message"] = encode(result)
        owner = [{"kind": "Job", "name": meta["name"], "uid": meta["uid"]}]
        labels = {"batch.kubernetes.io/job-name": meta["name"]}
        state = {"name": "mover", "state": {"terminated": ended}}
        pod = {"name": f"{meta['name']}-pod", "namespace": meta["namespace"], "labels": labels}
        status = {"containerStatuses": [state]}
        self.put(POD, {"metadata": {**pod, "ownerReferences": owner}, "status": status})
        kind = "Complete" if succeeded else "Failed"
        job.setdefault("status", {})["conditions"] = [{"type": kind, "status": "True"}]


def copied(item: Any) -> Any:
    """A deep copy of what JSON can hold, ten times as fast as copy.deepcopy."""
    return marshal.loads(marshal.dumps(item))  # noqa: S302 - our own


def field(item: Object, path: str) -> Any:
    """The value at a dotted path, as a field selector names it; None where there is none."""
    for key in path.split("."):
        item = item.get(key) or {}
    return item or None


def merged(into: Object, patch: Mapping[str, Any]) -> Object:
    """A JSON merge patch (RFC 7396)."""
    result = dict(into)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[key] = value
    return result
