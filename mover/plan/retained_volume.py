"""Says how long a restored volume must stay: some storage keeps snapshots inside it. Pure.

Longhorn's snapshots of type `snap` go with their volume. It also answers "bound" before it has
copied one, and only lets a pod start once it has: so a started container is what proves a copy.
"""

from contract.labels import BOUND
from contract.volsync import StatusKey
from mover.model import DestinationView
from mover.plan import attempt


def reason(view: DestinationView) -> str:
    """Why the volume of an earlier restore must stay; "" where it may go."""
    owner, volume = view.owner, view.temporary_pvc
    if volume is None or volume.terminating or attempt.belongs(volume, owner):
        return ""
    image = next((i for i in view.images if (i.owner, i.sync) == (volume.owner, volume.sync)), None)
    if image is None:
        return ""
    if is_being_filled(view):
        return f"The restored volume is kept while PVC {owner.claim} is filled from it"
    if owner.status.started or image.terminating or image.name != owner.status.image:
        return ""
    if is_needed(view):
        return f"The restored volume is kept until a pod has started with PVC {owner.claim}"
    if owner.manual and owner.status.last_manual:
        return "Waiting for a manual trigger; the restored volume is kept for its image"
    return ""


def is_being_filled(view: DestinationView) -> bool:
    """Whether VolSync's populator has made a volume from an image for the PVC."""
    return _is_there(view) and view.populating


def is_needed(view: DestinationView) -> bool:
    """Whether the PVC still has to be filled, or its storage may not have ended the copy."""
    if not _is_there(view):
        return False
    external = view.owner.status.external
    pinned = external.get(StatusKey.PINNED, "")
    # After a restore by hand the image is not what the PVC was made from.
    its_own = bool(pinned) and pinned == external.get(StatusKey.SNAPSHOT)
    return not _is_bound(view) or (its_own and not view.used)


def must_wait(view: DestinationView, snapshot: str) -> bool:
    """Whether the next restore would take away a kept volume that the PVC is about to need.

    Only a change of the recorded snapshot may do so, and only before the filling begins: the
    restore gate lets nothing else than the recorded snapshot through.
    """
    late = _is_bound(view) or not snapshot
    return is_being_filled(view) or (late and is_needed(view))


def _is_there(view: DestinationView) -> bool:
    return view.pvc is not None and not view.pvc.terminating


def _is_bound(view: DestinationView) -> bool:
    return view.pvc is not None and view.pvc.phase == BOUND
