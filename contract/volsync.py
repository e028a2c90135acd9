"""Keys of VolSync's `spec.external`, set by policies, and `status.external`, set by the mover.

Source: VolSync v0.16.0, api/v1alpha1: parameters and status.external are maps of strings.
"""

from contract.labels import GROUP

PROVIDER = f"{GROUP}/kopia"

API_GROUP = "volsync.backube"
API_VERSION = f"{API_GROUP}/v1alpha1"
DESTINATION = "ReplicationDestination"
# Of the VolumeSnapshots that it copies from.
SNAPSHOT_GROUP = "snapshot.storage.k8s.io"

# Fields of a spec that say nothing of who moves the data.
MOVERLESS = frozenset(("sourcePVC", "trigger", "paused"))


# VolSync's condition and two of its reasons; upstream api/v1alpha1/common_types.go.
SYNCHRONIZING = "Synchronizing"
SCHEDULED = "WaitingForSchedule"
ERROR = "Error"


class SpecKey:
    """Keys of `spec.external.parameters`."""

    SECRET = "secret"  # noqa: S105 - names the Secret with the repository's keys
    USER = "username"
    HOST = "hostname"
    SNAPSHOT = (
        "snapshot"  # destination: the id that its PVC recorded; "" where nothing waits for it
    )
    CAPACITY = "capacity"
    ACCESS_MODES = "accessModes"  # comma-separated
    STORAGE_CLASS = "storageClassName"
    RETAIN = "retain"  # prefix of retainHourly, retainDaily, ...; source only


class StatusKey:
    """Keys of `status.external`."""

    SNAPSHOT = "snapshot"
    SNAPSHOT_TIME = "snapshotTime"
    REPOSITORY = "repository"
    FILES = "files"
    BYTES = "bytes"
    ERRORS = "errors"
    PINNED = "pinned"  # destination: the recorded snapshot that this object has restored
    REQUEST = "request"  # what the running synchronisation was asked for
    ATTEMPTS = "attempts"  # how often the running synchronisation has failed
    RETRY_AFTER = "retryAfter"  # RFC 3339 UTC
    HELD_BY = "heldBy"  # source: the snapshot since which nothing expires, as data was lost
    REPOSITORY_FAILED = "repositoryFailed"  # RFC 3339 UTC: since when it failed the last attempt


def retain_key(kopia_key: str) -> str:
    """`hourly` -> `retainHourly`."""
    return f"{SpecKey.RETAIN}{kopia_key.capitalize()}"
