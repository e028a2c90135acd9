"""Watches replication objects and their temporaries, and yields the key of each one concerned."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from contract.environment import Isolation, MoverSettings
from contract.labels import CREATED_BY, ROLE, VOLSYNC
from kube import fields, resource
from kube.api import Follows
from kube.resource import Object, ObjectKey, plural
from mover import names

log = logging.getLogger(__name__)

OWNERS = (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION)
OUR_CHILDREN = f"{CREATED_BY}={VOLSYNC},{ROLE}"
# Seconds. A watch says something each half minute while it is well, and when it is not; within
# this time it has also given up a connection that is dead and a list that nobody answers.
LIFE = 300.0


@dataclass(frozen=True)
class Watched:
    """What one watch is about."""

    kind: str
    selector: str = ""
    namespace: str = ""  # "" for all

    def __str__(self) -> str:
        return plural(self.kind) + (f" in {self.namespace}" if self.namespace else "")


def watched(settings: MoverSettings) -> tuple[Watched, ...]:
    """Everything that is watched."""
    temporary = (resource.PVC, resource.SNAPSHOT)
    if settings.isolation is Isolation.SYSTEM:
        temporary += (resource.SNAPSHOT_CONTENT,)
    return (
        *map(Watched, OWNERS),
        *(Watched(kind, OUR_CHILDREN) for kind in temporary),
        *(Watched(resource.JOB, OUR_CHILDREN, space) for space in settings.workplaces),
    )


def keys(kind: str, item: Object) -> Iterator[ObjectKey]:
    """Which object to reconcile after a change: the changed one, or the owner of a temporary."""
    meta = item["metadata"]
    if kind in OWNERS:
        yield ObjectKey(kind, meta["namespace"], meta["name"])
        return
    owner = fields.controller(item)
    if owner.get("kind") in OWNERS:
        yield ObjectKey(owner["kind"], meta["namespace"], owner["name"])
        return
    place = names.owner_at(fields.annotations(item).get(names.OWNER, ""))
    if place and place.kind in OWNERS:
        yield place


class Pulse:
    """Records when each watch last received anything."""

    def __init__(
        self, watches: Iterable[Watched], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._heard = dict.fromkeys(watches, clock())

    def beat(self, about: Watched) -> None:
        """A watch lives."""
        self._heard[about] = self._clock()

    def dead(self) -> list[str]:
        """What has been silent for too long."""
        now = self._clock()
        return [str(about) for about, heard in self._heard.items() if now - heard > LIFE]


async def watch(
    api: Follows, about: Watched, add: Callable[[ObjectKey], None], pulse: Pulse
) -> None:
    """Calls `add` with each key that a change concerns. Runs until it is cancelled."""
    trouble = ""
    async for change in api.follow(about.kind, about.selector, about.namespace):
        pulse.beat(about)
        if change.trouble and change.trouble != trouble:
            log.warning("%s are not watched: %s", about, change.trouble)
        elif trouble and not change.trouble:
            log.info("%s are watched again", about)
        trouble = change.trouble
        for item in (*change.objects, *change.gone):
            for key in keys(about.kind, item):
                add(key)
