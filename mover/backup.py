"""Makes one snapshot of a volume, and believes in it only after reading it back."""

import json
from dataclasses import dataclass
from pathlib import Path

from contract.names import Identity
from kopia.command import Kopia, KopiaError
from kopia.repository import connect
from kopia.snapshots import Snapshot, listing
from mover import retention, session, tree
from mover.result import Result
from mover.settings import JobSettings
from mover.status import time_text


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is backed up, and as whom."""

    data: Path
    identity: Identity
    privileged: bool


def run(job: JobSettings, client: Kopia, *, privileged: bool) -> Result:
    """Backs up `job.data`. Raises KopiaError unless a complete snapshot was read back."""
    path = Path(job.repository)
    source = Source(data=Path(job.data), identity=job.identity, privileged=privileged)
    session.open_pinned(client, path, job.repository_id, job.identity, readonly=False)
    retention.set_policy(client, job.identity, retention.HOLD, privileged=privileged)
    made = _create(client, source)
    try:
        kept = _read_back(session.fresh(client, "check"), path, source, made)
    except KopiaError:
        client.run("snapshot", "delete", made, "--delete")
        raise
    session.require_repository(path, job.repository_id)
    notes = [] if privileged else [f"{tree.LOST_FOUND} is left out without privileges"]
    try:
        retention.expire(client, job.identity, job.retention, privileged=privileged)
    except KopiaError as error:  # the snapshot is good all the same
        notes.append(f"old snapshots were not removed: {error.reason}")
    return Result(
        verified=True,
        repository=job.repository_id,
        snapshot=kept.id,
        time=time_text(kept.start),
        files=kept.files,
        dirs=kept.dirs,
        bytes=kept.bytes,
        note="; ".join(notes),
    )


def _create(client: Kopia, source: Source) -> str:
    # Kopia writes the policy anew with each overridden source, so a Job's own path is not one.
    identity, data = source.identity, str(source.data)
    override = () if data == identity.path else (f"--override-source={identity}",)
    before = {snapshot.id for snapshot in listing(client)}
    try:
        out = client.run(
            "snapshot",
            "create",
            data,
            *override,
            "--fail-fast",
            "--json",
            "--no-send-snapshot-report",
        )
    except KopiaError as error:
        _remove_defective(client, identity, before)
        raise KopiaError(_cause(source.data, error)) from None
    try:
        return str(json.loads(out)["id"])
    except (ValueError, TypeError, KeyError):
        raise KopiaError("kopia did not say which snapshot it made") from None


def _remove_defective(client: Kopia, identity: Identity, before: set[str]) -> None:
    """Kopia records a snapshot with unread files as if it were one. Two at once do not meet."""
    for snapshot in listing(client):
        is_new = snapshot.identity == identity and snapshot.id not in before
        if is_new and snapshot.errors:
            client.run("snapshot", "delete", snapshot.id, "--delete")


def _cause(data: Path, error: KopiaError) -> str:
    count, named = tree.unreadable(data)
    if not count:
        return error.reason
    first = ", ".join(named)
    return f"{count} files or directories cannot be read, the first: {first} ({error.reason})"


def _read_back(check: Kopia, path: Path, source: Source, made: str) -> Snapshot:
    connect(check, path, readonly=True, identity=source.identity)
    found = next((snapshot for snapshot in listing(check) if snapshot.id == made), None)
    if found is None or found.identity != source.identity:
        raise KopiaError("the new snapshot is not in the repository")
    if not found.is_complete:
        why = found.incomplete or f"{found.errors} errors"
        raise KopiaError(f"the new snapshot is not complete: {why}")
    # The volume is a frozen copy, so anything that kopia left out shows here.
    there = tree.counts(source.data, without="" if source.privileged else tree.LOST_FOUND)
    stored = tree.Counts(files=found.files, dirs=found.dirs, bytes=found.bytes)
    if stored != there:
        raise KopiaError(f"the new snapshot holds {stored}, but the volume {there}")
    check.run("snapshot", "verify", made)
    return found
