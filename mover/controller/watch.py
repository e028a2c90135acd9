"""Watches replication objects and their temporaries, and yields the key of each one concerned."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator

from contract.labels import CREATED_BY, ROLE, VOLSYNC
from kube import fields, resource
from kube.api import Follows
from kube.resource import Object, ObjectKey, plural

log = logging.getLogger(__name__)

OWNERS = (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION)
OUR_CHILDREN = f"{CREATED_BY}={VOLSYNC},{ROLE}"
WATCHED = dict.fromkeys(OWNERS, "") | dict.fromkeys(
    (resource.JOB, resource.PVC, resource.SNAPSHOT), OUR_CHILDREN
)
# Seconds. A watch says something each half minute while it is well, and when it is not; within
# this time it has also given up a connection that is dead and a list that nobody answers.
LIFE = 300.0


def keys(kind: str, item: Object) -> Iterator[ObjectKey]:
    """Which object to reconcile after a change: the changed one, or the owner of a temporary."""
    meta = item["metadata"]
    if kind in OWNERS:
        yield ObjectKey(kind, meta["namespace"], meta["name"])
        return
    owner = fields.controller(item)
    if owner.get("kind") in OWNERS:
        yield ObjectKey(owner["kind"], meta["namespace"], owner["name"])


class Pulse:
    """Records when each watch last received anything."""

    def __init__(
        self, kinds: Iterable[str] = WATCHED, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._heard = dict.fromkeys(kinds, clock())

    def beat(self, kind: str) -> None:
        """A watch lives."""
        self._heard[kind] = self._clock()

    def dead(self) -> list[str]:
        """The kinds whose watch has been silent for too long."""
        now = self._clock()
        return [plural(kind) for kind, heard in self._heard.items() if now - heard > LIFE]


async def watch(api: Follows, kind: str, add: Callable[[ObjectKey], None], pulse: Pulse) -> None:
    """Calls `add` with each key that a change of a kind concerns. Runs until it is cancelled."""
    trouble = ""
    async for change in api.follow(kind, WATCHED[kind]):
        pulse.beat(kind)
        if change.trouble and change.trouble != trouble:
            log.warning("%s are not watched: %s", plural(kind), change.trouble)
        elif trouble and not change.trouble:
            log.info("%s are watched again", plural(kind))
        trouble = change.trouble
        for item in (*change.objects, *change.gone):
            for key in keys(kind, item):
                add(key)
