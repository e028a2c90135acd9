"""Judges a PVC with a tier label by pvc-plumber's own answer, whatever others have judged. Pure."""

from contract import labels
from contract.admission import CONFIGURATION
from contract.answer import Decision
from contract.times import parse_strict
from kopia.snapshots import ID
from plumber.admission.review import CREATE, AdmissionRequest
from plumber.answer import Answer
from plumber.knowledge import Question

BY_ITS_BACKUP = (
    "a PVC with a backup label is filled from its own backup only: remove dataSource and"
    " dataSourceRef"
)
UNSEEN = (
    f"Kyverno's policy {CONFIGURATION} has not seen this PVC. If Kyverno has just started, create"
    " the PVC again. If a policy sets its label, that policy runs too late: set the label by a"
    " MutatingAdmissionPolicy, or by a Kyverno MutatingPolicy with failurePolicy Fail and no"
    " timeoutSeconds of its own"
)


class UnusableAnnotation(Exception):
    """An annotation that asks for something and cannot be understood; the text tells people."""


def question(request: AdmissionRequest, arrived: float) -> Question:
    """What to ask about the PVC of a request. Raises UnusableAnnotation.

    A time beats an acknowledgement: data wins. When a label comes late, a time means nothing.
    """
    as_of = request.object.annotation(labels.RESTORE_AS_OF)
    if as_of and request.operation == CREATE:
        try:
            time = parse_strict(as_of)
        except ValueError:
            text = f"annotation {labels.RESTORE_AS_OF} must be a time in UTC such as"
            raise UnusableAnnotation(f"{text} 2026-01-31T12:00:00Z") from None
        return Question(claim=request.claim, arrived=arrived, as_of=time)
    left_behind = request.object.annotation(labels.START_EMPTY)
    named = left_behind if ID.fullmatch(left_behind) else ""
    return Question(claim=request.claim, arrived=arrived, start_empty=named)


def denial(request: AdmissionRequest, answer: Answer) -> str:
    """Why a request is denied; "" admits it."""
    if answer.decision is Decision.UNKNOWN:
        return _unknown(request, answer)
    if request.operation != CREATE:
        return _late(request, answer)
    if answer.decision is Decision.RESTORE:
        return _unrestored(request, answer)
    # A generated name is not known yet when Kyverno's policy looks.
    is_seen = request.object.annotation(labels.DECISION) or request.object.metadata.generate_name
    return "" if is_seen else UNSEEN


def _unknown(request: AdmissionRequest, answer: Answer) -> str:
    is_new = request.operation == CREATE
    harm = "it could bind empty over a backup" if is_new else "it could hide a backup"
    again = "create the PVC" if is_new else "set the label"
    return (
        f"the backup state of PVC {request.claim.name} is unknown, so {harm}: {answer.reason}."
        f" Mend that and {again} again"
    )


def _unrestored(request: AdmissionRequest, answer: Answer) -> str:
    """Why a new PVC would not be filled from the snapshot that the answer names."""
    pvc = request.object
    if pvc.sources and not request.names_its_destination:
        return f"{BY_ITS_BACKUP}. {_hint(answer)}"
    if pvc.spec.volume_name:
        return (
            "a backup exists, but spec.volumeName binds a volume that cannot be filled from it:"
            f" remove volumeName. {_hint(answer)}"
        )
    if pvc.annotation(labels.BIND_COMPLETED):
        return (
            f"a backup exists, but annotation {labels.BIND_COMPLETED} of an earlier life makes"
            f" Kubernetes take this PVC for lost: remove it. {_hint(answer)}"
        )
    is_recorded = answer.snapshot is not None and request.recorded == answer.snapshot.id
    if not pvc.sources or not is_recorded:
        return (
            "a backup exists, but this PVC would not restore it; create it again."
            f" {_hint(answer)} {'' if pvc.annotation(labels.DECISION) else UNSEEN}".rstrip()
        )
    return ""


def _late(request: AdmissionRequest, answer: Answer) -> str:
    """Why a tier label may not be put on a PVC that is there; "" where it may."""
    is_filled = request.names_its_destination and request.recorded
    uid, newest = request.object.metadata.uid, answer.snapshot
    is_of_itself = newest is not None and uid and newest.pvc_uid == uid
    if answer.decision is Decision.FRESH or is_filled or is_of_itself:
        return ""
    return (
        f"PVC {request.claim.name} was not filled from its backups, and its next backup would be"
        " taken for the newest of them. To have them back delete the PVC and create it with the"
        f" label. {_hint(answer)}"
    )


def _hint(answer: Answer) -> str:
    if not answer.start_empty:
        return ""
    return (
        f"Newest backup: {answer.start_empty}. To start empty on purpose set annotation"
        f" {labels.START_EMPTY} to that id."
    )
