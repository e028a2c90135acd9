"""Fields of API objects: conditions, owners, labels, annotations. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from contract.labels import RESTORE_FROM
from contract.names import Claim, destination_name
from kube.resource import REPLICATION_DESTINATION

Raw = Mapping[str, Any]

READY = "Ready"  # condition of a node or an ExternalSecret
COMPLETE, FAILED = "Complete", "Failed"  # conditions of a Job that is over
POD_ENDED = ("Succeeded", "Failed")  # phases
SCHEDULED = "PodScheduled"


def status(raw: Raw) -> Raw:
    """The status of an object."""
    return raw.get("status") or {}


def phase(raw: Raw) -> str:
    """The phase of a PVC or a pod; "" where it has none yet."""
    return status(raw).get("phase") or ""


def annotations(raw: Raw) -> Mapping[str, str]:
    """The annotations of an object."""
    return raw["metadata"].get("annotations") or {}


def labels(raw: Raw) -> Mapping[str, str]:
    """The labels of an object."""
    return raw["metadata"].get("labels") or {}


def of_type(conditions: Iterable[Raw] | None, kind: str) -> Raw:
    """The condition of a type in a list; an empty one where there is none."""
    return next((one for one in conditions or () if one.get("type") == kind), {})


def condition(raw: Raw, kind: str) -> Raw:
    """The condition of a type; an empty one where it is not set yet."""
    return of_type(status(raw).get("conditions"), kind)


def is_true(raw: Raw, kind: str) -> bool:
    """Whether a condition is True. One that is not set is not."""
    return condition(raw, kind).get("status") == "True"


def is_filled(external_secret: Raw) -> bool:
    """Whether the Secret of an ExternalSecret is there: it was filled once, or is now.

    While the store is away it is not Ready, but what it was filled with stays. Only a success sets
    `refreshTime` (External Secrets, pkg/controllers/externalsecret).
    """
    return is_true(external_secret, READY) or bool(status(external_secret).get("refreshTime"))


def unscheduled(pod: Raw) -> Raw:
    """The condition of a pod for which the scheduler finds no node; an empty one for others."""
    scheduled = condition(pod, SCHEDULED)
    return scheduled if scheduled.get("status") == "False" else {}


def job_end(job: Raw) -> str:
    """Failed, Complete, or "" for one that still runs."""
    return next((end for end in (FAILED, COMPLETE) if is_true(job, end)), "")


def owners(raw: Raw) -> Iterable[Raw]:
    """The owner references of an object."""
    return raw["metadata"].get("ownerReferences") or ()


def is_owned_by(raw: Raw, uid: str) -> bool:
    """Whether the object with this uid owns it."""
    return any(ref.get("uid") == uid for ref in owners(raw))


def owner_of_kind(raw: Raw, kind: str) -> Raw:
    """The first owner of a kind; an empty one where there is none."""
    return next((ref for ref in owners(raw) if ref.get("kind") == kind), {})


def controller(raw: Raw) -> Raw:
    """The owner that manages it; an empty one where there is none."""
    return next((ref for ref in owners(raw) if ref.get("controller")), {})


def restored_from(pvc: Raw) -> str:
    """The snapshot that our destination filled a PVC from when it was made; "" where it did not.

    The annotation alone proves nothing, as anybody may set it later; the reference cannot change.
    """
    ref = (pvc.get("spec") or {}).get("dataSourceRef") or {}
    if ref.get("kind") != REPLICATION_DESTINATION:
        return ""
    claim = Claim(pvc["metadata"]["namespace"], pvc["metadata"]["name"])
    is_ours = ref.get("name") == destination_name(claim)
    return annotations(pvc).get(RESTORE_FROM) or "" if is_ours else ""


def provisioner(storage_class: Raw | None) -> str:
    """A StorageClass's driver; "" where it is not known."""
    return (storage_class or {}).get("provisioner") or ""


def driver(snapshot_class: Raw) -> str:
    """A VolumeSnapshotClass's driver."""
    return snapshot_class.get("driver") or ""


def takes_snapshots(provisioner: str, drivers: Collection[str]) -> bool:
    """Whether a driver can take snapshots: some VolumeSnapshotClass must be for it."""
    return bool(provisioner) and provisioner in drivers
