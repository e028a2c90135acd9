"""ReplicationSource and ReplicationDestination for our mover. Values are strings or CEL."""

from dataclasses import dataclass
from typing import Any

from contract import volsync
from contract.schedule import RETENTION, Retention
from contract.volsync import PROVIDER, SpecKey, retain_key
from manifests.cel import Cel

GROUP = volsync.API_GROUP
API_VERSION = volsync.API_VERSION
SOURCE = "ReplicationSource"
DESTINATION = volsync.DESTINATION

Text = str | Cel


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access of one PVC to the repository: its Secret and its identity."""

    secret: Text
    user: Text
    host: Text

    def parameters(self) -> dict[str, Text]:
        """The keys that source and destination share."""
        return {
            SpecKey.SECRET: self.secret,
            SpecKey.USER: self.user,
            SpecKey.HOST: self.host,
        }


@dataclass(frozen=True, kw_only=True)
class Volume:
    """The properties of the volume that the mover creates for a restore."""

    capacity: Text
    access_modes: Text  # comma-separated
    storage_class: Text

    def parameters(self) -> dict[str, Text]:
        """The keys of a destination."""
        return {
            SpecKey.CAPACITY: self.capacity,
            SpecKey.ACCESS_MODES: self.access_modes,
            SpecKey.STORAGE_CLASS: self.storage_class,
        }


def replication_source(
    metadata: dict[str, Any],
    *,
    pvc: Text,
    schedule: Text,
    access: Access,
    retention: Retention = RETENTION,
) -> dict[str, Any]:
    """A ReplicationSource, which backs a PVC up on a schedule.

    The mover reads size and storage class from the PVC itself.
    """
    retain = {retain_key(key): str(count) for key, count in retention.items().items()}
    return {
        "apiVersion": API_VERSION,
        "kind": SOURCE,
        "metadata": metadata,
        "spec": {
            "sourcePVC": pvc,
            "trigger": {"schedule": schedule},
            "external": {
                "provider": PROVIDER,
                "parameters": {**access.parameters(), **retain},
            },
        },
    }


def replication_destination(
    metadata: dict[str, Any], *, snapshot: Text, access: Access, volume: Volume
) -> dict[str, Any]:
    """A ReplicationDestination, which restores `snapshot` once, or idles where it is "".

    It has no trigger, so that one set by hand is kept.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": DESTINATION,
        "metadata": metadata,
        "spec": {
            "external": {
                "provider": PROVIDER,
                "parameters": {
                    **access.parameters(),
                    SpecKey.SNAPSHOT: snapshot,
                    **volume.parameters(),
                },
            },
        },
    }
