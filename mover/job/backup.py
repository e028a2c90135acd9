"""Makes one snapshot of a volume, and verifies it by reading it back."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from contract.environment import Unreadable
from contract.names import Identity
from contract.times import CLOCKS_DISAGREE, SteadyClock, agree, exact_text, time_text
from kopia import data_loss
from kopia.command import Kopia
from kopia.data_loss import Loss
from kopia.failure import KopiaError, RepositoryError
from kopia.repository import forget_lists
from kopia.snapshots import AFTER, FIRST, PVC_UID, RESTORED_FROM, Snapshot, listing
from mover.job import clock, file_tree, kopia_policy, session
from mover.job.task import Backup, Task
from mover.result import Result

CREATE_FLAGS = ("--fail-fast", "--json", "--no-send-snapshot-report")
STEP = timedelta(microseconds=1)  # the least by which one snapshot comes after another
NAMED = 10  # snapshots worth naming


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is backed up, under which identity, and what there was before."""

    data: Path
    identity: Identity
    rules: kopia_policy.Rules
    is_live: bool
    tree: file_tree.Survey
    tags: Mapping[str, str]  # of each snapshot that is made of it
    clock: SteadyClock
    earlier: tuple[Snapshot, ...]  # of every identity

    @property
    def own(self) -> list[Snapshot]:
        """The earlier snapshots of this identity, complete or not."""
        return [snapshot for snapshot in self.earlier if snapshot.identity == self.identity]


def run(order: Task, what: Backup, client: Kopia, *, privileged: bool) -> Result:
    """Backs up `order.data`. Raises KopiaError unless a complete snapshot was read back."""
    path, data = Path(order.repository), Path(order.data)
    steady = clock.believed(order.ordered, path)
    skips_unreadable = what.unreadable_files is Unreadable.WARN
    rules = kopia_policy.Rules(privileged, skips_unreadable)
    with session.opening():
        session.open_pinned(client, path, order.repository_id, order.identity, readonly=False)
        reader = session.fresh(client, "reader")
        with session.beside(
            kopia_policy.set_policy, client, order.identity, kopia_policy.HOLD, rules
        ):
            earlier = listing(reader, order.identity)
            tree = file_tree.survey(data, rules.left_out)
    source = Source(
        data=data,
        identity=order.identity,
        rules=rules,
        is_live=what.is_live,
        tree=tree,
        tags={PVC_UID: what.pvc_uid, RESTORED_FROM: what.restored_from},
        clock=steady,
        earlier=earlier,
    )
    _require_names(source)
    past = data_loss.history(earlier, order.identity)
    marked = (
        data_loss.unaccepted(past, what.accepted_loss) is not None
        or data_loss.is_anew(past, what.pvc_uid, what.restored_from)
        or _has_lost(past, source.tree)
    )
    kept = _make(client, reader, source, marked=marked)
    if not marked and _has_lost(past, kept):  # by unreadable files, or in a volume in use
        client.run("snapshot", "delete", kept.id, "--delete")
        kept = _make(client, reader, source, marked=True)
    session.require_repository(path, order.repository_id)
    now = data_loss.history([*past, kept], order.identity)
    held = data_loss.unaccepted(now, what.accepted_loss)
    notes = _notes(source, kept, held)
    if not held:
        notes += _expire(client, source, kept, what)
    return Result(
        verified=True,
        repository=order.repository_id,
        snapshot=kept.id,
        time=time_text(kept.start),
        files=kept.files,
        dirs=kept.dirs,
        bytes=kept.bytes,
        errors=kept.ignored + len(source.tree.renamed),
        held_by=held.after.id if held else "",
        note="; ".join(notes),
    )


def _has_lost(past: list[Snapshot], now: file_tree.Survey | Snapshot) -> bool:
    return bool(past) and data_loss.is_great(past[-1], files=now.files, size=now.bytes)


def _require_names(source: Source) -> None:
    tree = source.tree
    if tree.renamed and not source.rules.skips_unreadable:
        first = file_tree.first_of(tree.renamed)
        count = len(tree.renamed)
        raise KopiaError(
            f"{count} names are not UTF-8, which kopia cannot keep, the first: {first}"
        )
    if tree.clashes:
        first = file_tree.first_of(tree.clashes)
        raise KopiaError(f"names that are not UTF-8 would become the same in kopia: {first}")


def _expire(client: Kopia, source: Source, kept: Snapshot, what: Backup) -> list[str]:
    """Removes what is not to be kept. Returns what people need to know of it."""
    ahead = [snapshot for snapshot in source.own if snapshot.start >= kept.start]
    if ahead:  # kopia counts back from the latest date, and would take this one for an old one
        return _ahead(ahead, kept)
    try:
        kopia_policy.expire(client, source.identity, what.retention.items(), source.rules)
    except KopiaError as error:  # the snapshot is good all the same
        return [f"old snapshots were not removed: {error.reason}"]
    if all(snapshot.id != kept.id for snapshot in listing(client, source.identity)):
        raise KopiaError("the new snapshot was removed when old ones expired")
    return []


def _ahead(ahead: list[Snapshot], kept: Snapshot) -> list[str]:
    far = [snapshot.id for snapshot in ahead if not agree(snapshot.start, kept.start)]
    if not far:
        return []
    ids = " ".join(far[:NAMED])
    return [
        f"{CLOCKS_DISAGREE}: older snapshots bear a later date than this one, and none expires "
        f"before that has come, or they are removed: kopia snapshot delete {ids} --delete"
    ]


def _make(client: Kopia, reader: Kopia, source: Source, *, marked: bool) -> Snapshot:
    """Makes a snapshot and reads it back. One that cannot be read is deleted."""
    began = source.clock.now()
    snapshot_id = _create(client, source, began, marked=marked)
    try:
        # The reader has nothing of the new snapshot in its cache: it reads what was stored.
        forget_lists(reader)
        with session.beside(reader.run, "snapshot", "verify", snapshot_id):
            snapshot = _stored(client, source, snapshot_id)
        clock.require_dates(snapshot, began)
        return snapshot
    except (KopiaError, OSError):
        with suppress(KopiaError):  # the first reason is the one to tell
            client.run("snapshot", "delete", snapshot_id, "--delete")
        raise


def _create(client: Kopia, source: Source, began: datetime, *, marked: bool) -> str:
    # Kopia writes the policy anew with each overridden source, so a Job's own path is not one.
    identity, data = source.identity, str(source.data)
    override = () if data == identity.path else (f"--override-source={identity}",)
    latest = max((snapshot.order for snapshot in source.own), default=FIRST)
    after = exact_text(latest + STEP) if latest >= began else ""
    marks = {**source.tags, data_loss.HELD: "true" if marked else "", AFTER: after}
    tags = [f"--tags={key}:{value}" for key, value in marks.items() if value]
    try:
        out = client.run("snapshot", "create", data, *override, *tags, *CREATE_FLAGS)
    except RepositoryError:
        raise
    except KopiaError as error:
        unread = _remove_defective(client, source)
        raise KopiaError(_cause(source.data, unread, error)) from None
    try:
        return str(json.loads(out)["id"])
    except (ValueError, TypeError, KeyError):
        raise KopiaError("kopia did not say which snapshot it made") from None


def _remove_defective(client: Kopia, source: Source) -> list[str]:
    """Kopia records a snapshot with unread files as if it were one. Returns what it had not read.

    Two Jobs at once do not meet.
    """
    unread: list[str] = []
    earlier_ids = {snapshot.id for snapshot in source.earlier}
    for snapshot in listing(client, source.identity):
        is_new = snapshot.identity == source.identity and snapshot.id not in earlier_ids
        if is_new and snapshot.errors:
            client.run("snapshot", "delete", snapshot.id, "--delete")
            unread.extend(snapshot.unread)
    return unread


def _cause(data: Path, unread: list[str], error: KopiaError) -> str:
    # Kopia stops at the first one. It also knows of files that can be opened but not read.
    paths = {*unread, *file_tree.unreadable(data)}
    if not paths:
        return error.reason
    first = file_tree.first_of(paths)
    return f"{len(paths)} files or directories cannot be read, the first: {first} ({error.reason})"


def _stored(client: Kopia, source: Source, snapshot_id: str) -> Snapshot:
    with session.opening():
        snapshots = listing(client, source.identity)
    snapshot = next((snapshot for snapshot in snapshots if snapshot.id == snapshot_id), None)
    if snapshot is None or snapshot.identity != source.identity:
        raise KopiaError("the new snapshot is not in the repository")
    if not snapshot.is_complete:
        why = snapshot.incomplete or f"{snapshot.errors} errors"
        raise KopiaError(f"the new snapshot is not complete: {why}")
    _compare(source, snapshot)
    return snapshot


def _compare(source: Source, snapshot: Snapshot) -> None:
    """A frozen copy shows anything that kopia left out, but for what could not be read."""
    if source.is_live:
        return
    tree = source.tree
    if snapshot.ignored:
        tree = file_tree.survey(source.data, {*source.rules.left_out, *snapshot.unread})
    if file_tree.stored(snapshot) != tree.counts:
        stored = file_tree.stored(snapshot)
        raise KopiaError(f"the new snapshot holds {stored}, but the volume {tree.counts}")


def _notes(source: Source, kept: Snapshot, held: Loss | None) -> list[str]:
    notes = [held.text()] if held else []
    if kept.ignored:
        first = file_tree.first_of(kept.unread)
        notes.append(f"{kept.ignored} files or directories could not be read, the first: {first}")
    notes += source.tree.not_kept()
    if source.is_live:
        notes.append("the volume was in use, so that its content was not compared")
    if not source.rules.privileged:
        notes.append(f"{file_tree.LOST_FOUND} is left out without privileges")
    return notes
