"""Which cluster maintains the repository: each has an owner of its own, so that two are noticed.

The owner is named after the uid of the ConfigMap with the pin. No other cluster has that one, not
even where somebody has restored the ConfigMap. A cluster takes maintenance over once: from whoever
made the repository, or from the cluster that it was rebuilt from. One from which it is taken lives.
"""

from dataclasses import dataclass

from contract.names import Identity
from contract.repository import (
    MAINTENANCE_HOST,
    MAINTENANCE_USER,
    OWNER_KEY,
    PIN_CONFIG_MAP,
    SHARED_KEY,
)
from kopia import maintenance
from kopia.command import Kopia
from kopia.failure import KopiaError
from kube.api import Writes
from kube.config_map import ConflictError, Data, Patch, update
from kube.resource import Object

# Of a repository that no cluster has maintained yet.
FIRST = Identity(MAINTENANCE_USER, MAINTENANCE_HOST)


class SharedError(KopiaError):
    """Another cluster maintains the repository, although this one did."""

    def __init__(self, own: str, other: str) -> None:
        super().__init__(
            f"{other} has taken maintenance over from {own}, this cluster: two clusters share the"
            " repository, so nothing was maintained"
        )
        self.other = other


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """This cluster as the owner of maintenance, and whether it has been that before."""

    identity: Identity = FIRST
    is_proven: bool = False

    @property
    def name(self) -> str:
        """As kopia writes it."""
        return f"{self.identity.user}@{self.identity.host}"


NOBODYS = Ownership()


def ownership(pin: Object) -> Ownership:
    """What the ConfigMap with the pin tells."""
    own = Ownership(identity=Identity(MAINTENANCE_USER, pin["metadata"]["uid"]))
    is_proven = (pin.get("data") or {}).get(OWNER_KEY) == own.name
    return Ownership(identity=own.identity, is_proven=is_proven)


def take_over(client: Kopia, own: Ownership) -> str:
    """Makes this cluster the owner; returns the former one, "" where it was that already.

    Raises SharedError where it has been the owner and is not any more.
    """
    former = maintenance.state(client).owner
    if former == own.name:
        return ""
    if own.is_proven:
        raise SharedError(own.name, former)
    client.run("maintenance", "set", f"--owner={own.name}")
    if maintenance.state(client).owner != own.name:
        raise KopiaError(f"{former} stays the owner of maintenance")
    return former


async def note(api: Writes, namespace: str, own: Ownership, shared_with: str = "") -> None:
    """Keeps with the pin that this cluster is the owner, or who has taken that from it."""
    wanted = {OWNER_KEY: own.name, SHARED_KEY: shared_with}

    def change(data: Data | None) -> Patch | None:
        if data is None:
            raise KopiaError(f"ConfigMap {PIN_CONFIG_MAP} is gone")
        kept = {key: data.get(key, "") for key in wanted}
        return None if kept == wanted else wanted

    try:
        await update(api, namespace, PIN_CONFIG_MAP, change)
    except ConflictError:
        raise KopiaError("the owner of maintenance could not be kept: others write too") from None
