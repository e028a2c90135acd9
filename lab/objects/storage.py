"""Storage: the stand-in driver's classes, and the accounts of the sidecars that drive it."""

from lab.objects.access import READ, WRITE, account, namespace, rule

DRIVER = "dir.csi.lab"
NAMESPACE = "storage-system"
CLASS = "lab-dir"
WAITING_CLASS = "lab-dir-wait"
SNAPSHOT_CLASS = "lab-dir"
SNAPSHOTS = "snapshot.storage.k8s.io"
STORAGE = "storage.k8s.io"


def _storage_class(name: str, mode: str, default: bool) -> dict:
    annotations = {"storageclass.kubernetes.io/is-default-class": str(default).lower()}
    return {
        "apiVersion": f"{STORAGE}/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": annotations},
        "provisioner": DRIVER,
        "volumeBindingMode": mode,
        "reclaimPolicy": "Delete",
    }


def classes() -> list[dict]:
    """The driver, two storage classes and a snapshot class."""
    return [
        {
            "apiVersion": f"{STORAGE}/v1",
            "kind": "CSIDriver",
            "metadata": {"name": DRIVER},
            "spec": {
                "attachRequired": False,
                "podInfoOnMount": False,
                "fsGroupPolicy": "File",
                "volumeLifecycleModes": ["Persistent"],
            },
        },
        _storage_class(CLASS, "Immediate", True),
        _storage_class(WAITING_CLASS, "WaitForFirstConsumer", False),
        {
            "apiVersion": f"{SNAPSHOTS}/v1",
            "kind": "VolumeSnapshotClass",
            "metadata": {
                "name": SNAPSHOT_CLASS,
                "annotations": {"snapshot.storage.kubernetes.io/is-default-class": "true"},
            },
            "driver": DRIVER,
            "deletionPolicy": "Delete",
        },
    ]


def accounts() -> list[dict]:
    """The rights that each of the three real sidecars documents as its own."""
    events = rule("", ["events"], ["get", "list", "watch", "create", "update", "patch"])
    contents = ["volumesnapshotcontents", "volumesnapshotcontents/status"]
    snapshots = ["volumesnapshots", "volumesnapshots/status"]
    provisioner = [
        events,
        rule("", ["persistentvolumes"], WRITE),
        rule("", ["persistentvolumeclaims"], [*READ, "update"]),
        rule("", ["nodes"], READ),
        rule(STORAGE, ["storageclasses", "csinodes", "volumeattachments"], READ),
        rule(SNAPSHOTS, ["volumesnapshots", "volumesnapshotcontents"], READ),
        rule("coordination.k8s.io", ["leases"], WRITE),
    ]
    snapshotter = [
        events,
        rule(SNAPSHOTS, ["volumesnapshotclasses"], READ),
        rule(SNAPSHOTS, contents, [*READ, "update", "patch"]),
    ]
    controller = [
        events,
        rule("", ["persistentvolumes"], READ),
        rule("", ["persistentvolumeclaims"], [*READ, "update"]),
        rule(SNAPSHOTS, ["volumesnapshotclasses"], READ),
        rule(SNAPSHOTS, contents, WRITE),
        rule(SNAPSHOTS, snapshots, [*READ, "update", "patch", "delete"]),
    ]
    return [
        namespace(NAMESPACE),
        *account(NAMESPACE, "csi-provisioner", provisioner),
        *account(NAMESPACE, "csi-snapshotter", snapshotter),
        *account(NAMESPACE, "snapshot-controller", controller),
    ]
