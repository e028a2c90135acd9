"""Stand-in for a cluster and a repository in which every verdict of the audit occurs."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from contract.audit import Reason
from contract.names import Claim, Identity, destination_name, identity, secret_name, source_name
from contract.times import exact_text
from contract.volsync import PROVIDER
from fakes.builders import filled, pvc_spec
from kopia.data_loss import HELD
from kopia.snapshots import Snapshot
from kube.api import Change
from kube.client import Client
from kube.resource import (
    EXTERNAL_SECRET,
    PVC,
    REPLICATION_DESTINATION,
    REPLICATION_SOURCE,
    SNAPSHOT_CLASS,
    STORAGE_CLASS,
)
from plumber.audit import cluster_cache
from plumber.audit.cluster_cache import ClusterCache
from plumber.audit.report import Report, report
from plumber.knowledge import Knowledge, Moment, listing_of

NOW = datetime.fromisoformat("2026-03-01T12:00:00Z")
MOMENT = Moment(monotonic=1000.0, wall=NOW)
PIN = "a" * 64
HISTORY = 5
SPACE = "media"

Object = dict[str, Any]


def pvc(name: str, label: str | None = "hourly", *, phase: str = "Bound", **more: Any) -> Object:
    """A PVC that is three days old."""
    labels = {} if label is None else {"backup": label}
    marks = more.get("marks", {})
    spec = pvc_spec(storageClassName=more.get("storage", "fast"))
    if "restore-from" in marks:
        spec |= filled(name)["spec"]
    return {
        "metadata": {
            "namespace": more.get("namespace", SPACE),
            "name": name,
            "labels": labels,
            "uid": more.get("uid", f"uid-of-{name}"),
            "annotations": {f"volsync.backup/{k}": v for k, v in marks.items()},
            "creationTimestamp": exact_text(NOW - more.get("age", timedelta(days=3))),
        },
        "spec": spec,
        "status": {"phase": phase},
    }


def synced(
    name: str, *, space: str = SPACE, reason: str = "WaitingForSchedule", message: str = ""
) -> Object:
    """A ReplicationSource or ReplicationDestination of ours."""
    condition = {"type": "Synchronizing", "reason": reason, "message": message}
    return {
        "metadata": {"namespace": space, "name": name},
        "spec": {"external": {"provider": PROVIDER}},
        "status": {
            "conditions": [condition],
            "lastSyncTime": exact_text(NOW - timedelta(minutes=40)),
            "nextSyncTime": exact_text(NOW + timedelta(minutes=20)),
        },
    }


def secret(name: str, message: str = "", *, space: str = SPACE) -> Object:
    """An ExternalSecret that is filled, or says why not."""
    status = "False" if message else "True"
    condition = {"type": "Ready", "status": status, "message": message}
    return {"metadata": {"namespace": space, "name": name}, "status": {"conditions": [condition]}}


def taken(whose: Identity, hours: float, number: int, incomplete: str = "") -> Snapshot:
    """A snapshot of so many hours ago."""
    start = NOW - timedelta(hours=hours)
    return Snapshot(
        id=hashlib.sha256(f"{whose} {number}".encode()).hexdigest()[:32],
        identity=whose,
        start=start,
        end=start,
        incomplete=incomplete,
        files=1200 + number,
        dirs=10,
        bytes=5_000_000 + 1000 * number,
        errors=0,
    )


class Scene:
    """What the cluster and the repository hold; changed at will before `report`."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Object]] = {kind: [] for kind in cluster_cache.KINDS}
        self.snapshots: list[Snapshot] = []
        self.knowledge_fields: dict[str, Any] = {}
        self.excluded = frozenset({"kube-system"})
        self.objects[STORAGE_CLASS] = [
            {"metadata": {"name": "fast"}, "provisioner": "csi.example"},
            {"metadata": {"name": "plain"}, "provisioner": "nfs.example"},
        ]
        classes = [{"metadata": {"name": "snap"}, "driver": "csi.example"}]
        self.objects[SNAPSHOT_CLASS] = classes

    def protect(self, raw: Object, *, hours: float = 0.5, **replaced: Object | None) -> Claim:
        """A PVC with its whole chain and some backups; None leaves a link out."""
        claim = Claim(raw["metadata"]["namespace"], raw["metadata"]["name"])
        self.objects[PVC].append(raw)
        space = claim.namespace
        destination = synced(destination_name(claim), space=space)
        links = {
            REPLICATION_SOURCE: replaced.get("source", synced(source_name(claim), space=space)),
            REPLICATION_DESTINATION: replaced.get("destination", destination),
            EXTERNAL_SECRET: replaced.get("secret", secret(secret_name(claim), space=space)),
        }
        for kind, link in links.items():
            if link is not None:
                self.objects[kind].append(link)
        whose = identity(claim)
        if hours >= 0:
            self.snapshots += [taken(whose, hours + n, n) for n in range(HISTORY)]
        return claim

    def change_newest(self, claim: Claim, **changes: Any) -> Snapshot:
        """Changes the newest snapshot of a PVC, and returns what it has become."""
        mine = [s for s in self.snapshots if s.identity == identity(claim)]
        newest = max(mine, key=lambda snapshot: snapshot.start)
        changed = structs.replace(newest, **changes)
        self.snapshots[self.snapshots.index(newest)] = changed
        return changed

    def cache(self) -> ClusterCache:
        """The cluster cache after these objects were watched."""
        cache = ClusterCache(Client())
        for path, objects in self.objects.items():
            cache.apply(path, Change(objects=objects, is_all=True))
        return cache

    def knowledge(self) -> Knowledge:
        listing = listing_of(self.snapshots, repository=PIN, began=MOMENT.monotonic - 7)
        return replace(Knowledge(listing=listing, pinned=PIN), **self.knowledge_fields)

    def report(self) -> Report:
        """The audit's report on the scene."""
        return report(self.cache(), self.knowledge(), self.excluded, MOMENT)


def every_verdict() -> tuple[Scene, dict[Reason, Claim]]:
    """One PVC for each reason, except that of a dead repository."""
    scene = Scene()
    young = timedelta(minutes=20)
    emptied = scene.protect(pvc("emptied"))
    replaced = scene.protect(pvc("replaced", age=young))
    scene.change_newest(emptied, files=3, tags=frozenset({HELD}))
    scene.change_newest(replaced, pvc_uid="uid-of-an-earlier-pvc")
    restored = {"restore-from": "c" * 32}
    waits = synced("rested-backup")
    del waits["status"]["lastSyncTime"]
    rested = identity(Claim(SPACE, "rested"))
    rested_from = taken(rested, 90, 0)
    fails = {"reason": "Error", "message": "kopia: permission denied"}
    return scene, {
        Reason.BACKED_UP: scene.protect(pvc("photos")),
        Reason.NOT_USED: scene.protect(
            pvc("rested", marks={"restore-from": rested_from.id}), hours=90, source=waits
        ),
        Reason.PENDING: scene.protect(pvc("returning", phase="Pending", marks=restored)),
        Reason.ON_PURPOSE: scene.protect(
            pvc("cache", "none", marks={"reason": "made anew at each start"}), hours=-1
        ),
        Reason.NO_LABEL: scene.protect(pvc("forgotten", None), hours=-1),
        Reason.NO_REASON: scene.protect(pvc("shrug", "none"), hours=-1),
        Reason.UNKNOWN_LABEL: scene.protect(pvc("typo", "weekly"), hours=-1),
        Reason.EXCLUDED: scene.protect(pvc("etcd", namespace="kube-system"), hours=-1),
        Reason.NOT_BOUND: scene.protect(pvc("lazy", phase="Pending"), hours=-1),
        Reason.FIRST_BACKUP: scene.protect(pvc("young", age=young), hours=-1),
        Reason.DATA_LOST: emptied,
        Reason.NOT_RESTORED: replaced,
        Reason.NO_SNAPSHOTS: scene.protect(pvc("shared", storage="plain")),
        Reason.SECRET: scene.protect(
            pvc("locked"), secret=secret("volsync-locked", "vault is sealed")
        ),
        Reason.SOURCE: scene.protect(pvc("unplanned"), source=None),
        Reason.DESTINATION: scene.protect(
            pvc("lost", phase="Pending", marks=restored), destination=None
        ),
        Reason.MOVER: scene.protect(
            pvc("failing"), hours=9, source=synced("failing-backup", **fails)
        ),
        Reason.LATE: scene.protect(pvc("stale"), hours=7),
    }
