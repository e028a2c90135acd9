"""Judges one PVC. Pure; what the repository holds counts, not what controllers report."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.audit import Reason, Verdict
from contract.labels import BACKUP, BOUND, NO_BACKUP, REASON
from contract.names import Claim, destination_name, identity, secret_name, source_name
from contract.schedule import TIERS, is_tier
from kopia import data_loss
from kopia.data_loss import Loss
from kopia.snapshots import Snapshot
from plumber.audit.parse import Secret, Sync, Volume
from plumber.knowledge import Knowledge, Moment

SETTLING = timedelta(minutes=5)  # until a new PVC has all of its objects
OLD = 300.0  # seconds after which knowledge of the repository is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What holds for all PVCs. `no_snapshots` are the storage classes that cannot take any."""

    excluded: frozenset[str]
    no_snapshots: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """What backs a PVC up and restores it; None where it is missing."""

    source: Sync | None = None
    destination: Sync | None = None
    secret: Secret | None = None
    shared_secret: str = ""  # its name where movers work apart; "" where the PVC has its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The verdict on one PVC, with its evidence."""

    volume: Volume
    verdict: Verdict
    reason: Reason
    text: str
    newest: Snapshot | None = None  # the newest complete one
    before: Snapshot | None = None  # the newest one from before a loss of data
    next_run: str = ""

    @property
    def claim(self) -> Claim:
        """The PVC that was judged."""
        return self.volume.claim


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    volume: Volume
    chain: Chain
    newest: Snapshot | None
    loss: Loss | None
    trouble: str  # why nothing is known of the repository; "" where something is
    now: datetime


Judgement = tuple[Verdict, Reason, str]


def judge(
    volume: Volume, chain: Chain, known: Knowledge, surroundings: Surroundings, now: Moment
) -> Finding:
    """One PVC, labelled or not."""
    listing = known.listing
    newest = listing.best.get(identity(volume.claim)) if listing else None
    if newest is not None and not newest.is_complete:
        newest = None
    doubt = listing.doubt([identity(volume.claim)]) if listing else ""
    case = _Case(
        volume=volume,
        chain=chain,
        newest=newest,
        loss=_loss(volume, known) if newest else None,
        trouble=repository_trouble(known, now) or doubt,
        now=now.wall,
    )
    judgement = _unlabelled(volume, surroundings) or _chain(case) or _age(case, surroundings)
    verdict, reason, text = judgement
    return Finding(
        volume=volume,
        verdict=verdict,
        reason=reason,
        text=text,
        newest=newest,
        before=case.loss.before if case.loss else None,
        next_run=chain.source.next if chain.source else "",
    )


def repository_trouble(known: Knowledge, now: Moment) -> str:
    """Why nothing is known of the repository now; "" where it is."""
    listing = known.listing
    if listing is None or listing.repository != known.pinned:
        return known.trouble or "the repository has not been listed yet"
    if now.monotonic - listing.began > OLD:
        return known.trouble or "the last list of the repository is too old"
    return ""


def _loss(volume: Volume, known: Knowledge) -> Loss | None:
    """What the newest backups have lost, unless a person has accepted it."""
    whose = identity(volume.claim)
    past = data_loss.history(known.listing.of(whose) if known.listing else (), whose)
    accepted = volume.accepted_loss
    return data_loss.unaccepted(past, accepted) or data_loss.unmarked(past, accepted)


def _unlabelled(volume: Volume, surroundings: Surroundings) -> Judgement | None:
    """The judgement of a PVC that no tier backs up, on purpose or not; None for all others."""
    if volume.label == NO_BACKUP:
        if volume.excuse:
            return Verdict.EXEMPT, Reason.ON_PURPOSE, volume.excuse
        text = f"label {BACKUP}: {NO_BACKUP} without a reason; say why in annotation {REASON}"
        return Verdict.UNPROTECTED, Reason.NO_REASON, text
    if volume.claim.namespace in surroundings.excluded:
        text = f"namespace {volume.claim.namespace} is excluded from backup"
        return Verdict.UNPROTECTED, Reason.EXCLUDED, text
    if volume.label is None:
        text = f"no label {BACKUP}; use one of {', '.join([*TIERS, NO_BACKUP])}"
        return Verdict.UNPROTECTED, Reason.NO_LABEL, text
    if not is_tier(volume.label):
        text = f"label {BACKUP}: {volume.label} is no tier; use one of {', '.join(TIERS)}"
        return Verdict.UNPROTECTED, Reason.UNKNOWN_LABEL, text
    return None


def _chain(case: _Case) -> Judgement | None:
    """The first broken link, or what a PVC that is not Bound waits for."""
    claim, chain = case.volume.claim, case.chain
    is_new = case.now - case.volume.created < SETTLING
    is_bound = case.volume.phase == BOUND
    if not is_bound and not case.volume.restored_from:
        text = "it is not Bound, so there is nothing to back up yet"
        return Verdict.UNPROTECTED, Reason.NOT_BOUND, text
    secret = chain.shared_secret or secret_name(claim)
    if chain.secret is None and not is_new:
        text = f"ExternalSecret {secret} is missing"
        return Verdict.BROKEN, Reason.SECRET, text
    if chain.secret is not None and chain.secret.trouble and not is_new:
        text = f"Secret {secret}: {chain.secret.trouble}"
        return Verdict.BROKEN, Reason.SECRET, text
    if not is_bound:
        return _pending(case, is_new=is_new)
    if case.trouble:
        return Verdict.BROKEN, Reason.REPOSITORY, case.trouble
    if chain.source is None and not is_new:
        text = f"ReplicationSource {source_name(claim)} is missing"
        return Verdict.BROKEN, Reason.SOURCE, text
    return None


def _pending(case: _Case, *, is_new: bool) -> Judgement:
    destination, snapshot = case.chain.destination, case.volume.restored_from
    if destination is None and not is_new:
        name = destination_name(case.volume.claim)
        text = f"it waits for its restore, but ReplicationDestination {name} is missing"
        return Verdict.BROKEN, Reason.DESTINATION, text
    if destination is not None and destination.trouble:
        return Verdict.BROKEN, Reason.MOVER, f"its restore fails: {destination.trouble}"
    state = destination.message if destination else ""
    text = f"snapshot {snapshot} is being restored" + (f": {state}" if state else "")
    return Verdict.RESTORING, Reason.PENDING, text


def _age(case: _Case, surroundings: Surroundings) -> Judgement:
    """The judgement of a Bound PVC whose chain is whole, by its newest backup."""
    source, newest, volume = case.chain.source, case.newest, case.volume
    trouble = source.trouble if source else ""
    if newest is None and trouble:
        return Verdict.BROKEN, Reason.MOVER, f"it has no backup, and the last one failed: {trouble}"
    is_foreign = newest is not None and _is_foreign(volume, newest)
    since = newest.start if newest and not is_foreign else volume.created
    is_late = case.now - since > TIERS[str(volume.label)].late
    if newest is None and is_late:
        return Verdict.BROKEN, Reason.LATE, "it has no backup, though its tier wants one"
    if newest is None:
        return Verdict.UNPROTECTED, Reason.FIRST_BACKUP, "its first backup has not ended yet"
    is_unused = source is not None and source.waits and volume.restored_from == newest.id
    if is_late and not is_unused and trouble:
        return Verdict.BROKEN, Reason.MOVER, f"its backups fail: {trouble}"
    if is_late and not is_unused:
        return Verdict.BROKEN, Reason.LATE, "its last complete backup is older than its tier allows"
    if is_foreign:
        text = f"it was not restored from snapshot {newest.id}, which is of an earlier PVC"
        return Verdict.UNPROTECTED, Reason.NOT_RESTORED, text
    if case.loss:
        reason = Reason.NOT_RESTORED if case.loss.is_anew else Reason.DATA_LOST
        is_held = data_loss.HELD in newest.tags
        text = case.loss.text() if is_held else case.loss.words()
        return Verdict.UNPROTECTED, reason, text
    if is_late:
        text = f"no pod has used it since it was restored from snapshot {newest.id}"
        return Verdict.PROTECTED, Reason.NOT_USED, text
    if volume.storage_class in surroundings.no_snapshots:
        text = (
            f"storage class {volume.storage_class} cannot take snapshots: it is backed up,"
            " but a person has to restore it"
        )
        return Verdict.UNPROTECTED, Reason.NO_SNAPSHOTS, text
    return Verdict.PROTECTED, Reason.BACKED_UP, ""


def _is_foreign(volume: Volume, newest: Snapshot) -> bool:
    """Whether the newest backup is of an earlier PVC of this name, and did not fill this one.

    One of before uids were recorded is so where it is older than the PVC.
    """
    if volume.restored_from:
        return False
    if newest.pvc_uid:
        return newest.pvc_uid != volume.uid
    return newest.start < volume.created
