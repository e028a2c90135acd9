"""Reads why a placed pod does not start: what kubelet says, and whose volume it names. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from contract.repository import VOLUME
from contract.times import parse_lenient
from kube import fields
from kube.fields import Raw
from mover.manifest.job import DATA, SECRET

TEXT_LIMIT = 300  # characters
# Reasons of a container that waits for the pod's volumes and network. Any other one is a refusal.
PREPARING = ("", "ContainerCreating", "PodInitializing")
# Kubelet names a PVC by its PersistentVolume, and in a time-out by the volume of the pod.
ONE_VOLUME = re.compile(r'for volume "([^"]+)"')
UNMOUNTED = re.compile(r"unmounted volumes=\[([^\]]*)\]")
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a pod has not started.

    `is_refusal` where waiting does not help: no image, no Secret, or a container that cannot be.
    `of_repository` where the volume that does not mount is the repository's.
    """

    text: str = ""
    is_refusal: bool = False
    of_repository: bool = False


def is_preparing(pod: Raw, waiting: Raw) -> bool:
    """Whether kubelet prepares the pod on its node, so that only events tell what is wrong."""
    is_placed = bool((pod.get("spec") or {}).get("nodeName"))
    return is_placed and (waiting.get("reason") or "") in PREPARING


def obstacle(pod: Raw, waiting: Raw, events: Iterable[Raw]) -> Obstacle:
    """What keeps a pod from starting, by its container's state and the newest warning.

    The warning is the Job's own where there is no pod.
    """
    reason, message = waiting.get("reason") or "", waiting.get("message") or ""
    if reason not in PREPARING:
        return Obstacle(text=_cut(": ".join(filter(None, (reason, message)))), is_refusal=True)
    unscheduled = fields.unscheduled(pod).get("message")
    if unscheduled:
        return Obstacle(text=_cut(unscheduled))
    warning = _newest(event for event in events if event.get("type") == "Warning")
    words = (warning.get("message") or "").strip()
    if not words:
        return Obstacle(text=_cut(message or reason))
    volumes = _volumes(words, pod)
    text = f"volume {' and '.join(volumes)} does not mount: {words}" if volumes else words
    return Obstacle(
        text=_cut(text), is_refusal=volumes == (SECRET,), of_repository=VOLUME in volumes
    )


def _volumes(message: str, pod: Raw) -> tuple[str, ...]:
    """The pod's volumes that a message names; one that the pod does not know is the PVC's."""
    unmounted, one = UNMOUNTED.search(message), ONE_VOLUME.search(message)
    if unmounted:
        return tuple(unmounted[1].split())
    if one is None:
        return ()
    own = {volume["name"] for volume in (pod.get("spec") or {}).get("volumes") or ()}
    return (one[1] if one[1] in own else DATA,)


def _newest(events: Iterable[Raw]) -> Raw:
    return max(events, key=_time, default={})


def _time(event: Raw) -> datetime:
    created = (event.get("metadata") or {}).get("creationTimestamp")
    times = (event.get("lastTimestamp"), event.get("eventTime"), created)
    return next(filter(None, map(parse_lenient, times)), NEVER)


def _cut(text: str) -> str:
    return text[:TEXT_LIMIT]
