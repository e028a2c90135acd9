"""Restores exactly one complete snapshot into an empty volume, and compares what came out."""

import ctypes
import os
from pathlib import Path

from kopia.command import Kopia, KopiaError
from kopia.snapshots import Snapshot, listing, newest_complete
from mover import session, tree
from mover.result import Result
from mover.settings import JobSettings
from mover.status import time_text


def run(job: JobSettings, client: Kopia, *, privileged: bool) -> Result:
    """Fills `job.data`. Raises KopiaError unless it holds just what the snapshot does."""
    path, data = Path(job.repository), Path(job.data)
    session.open_pinned(client, path, job.repository_id, job.identity, readonly=True)
    chosen = choose(listing(client), job)
    if not tree.is_new(data):
        raise KopiaError("the volume to restore into is not empty")
    had_lost_found = (data / tree.LOST_FOUND).is_dir()
    # Without privileges no owner but our own can be given; all else must succeed to the last bit.
    owners = () if privileged else ("--skip-owners",)
    client.run(
        "snapshot",
        "restore",
        chosen.id,
        str(data),
        "--write-sparse-files",
        "--no-ignore-permission-errors",
        *owners,
    )
    _sync(data)
    _compare(chosen, tree.counts(data), had_lost_found=had_lost_found)
    session.require_repository(path, job.repository_id)
    return Result(
        verified=True,
        repository=job.repository_id,
        snapshot=chosen.id,
        time=time_text(chosen.start),
        files=chosen.files,
        dirs=chosen.dirs,
        bytes=chosen.bytes,
        note="" if privileged else "owners and groups could not be kept without privileges",
    )


def choose(snapshots: tuple[Snapshot, ...], job: JobSettings) -> Snapshot:
    """The recorded snapshot, or the newest complete one where none was recorded."""
    if not job.snapshot:
        newest = newest_complete(snapshots, job.identity)
        if newest is None:
            raise KopiaError(f"there is no complete snapshot of {job.identity}")
        return newest
    found = next((snapshot for snapshot in snapshots if snapshot.id == job.snapshot), None)
    if found is None:
        raise KopiaError(f"snapshot {job.snapshot} is not in the repository")
    if found.identity != job.identity:
        raise KopiaError(f"snapshot {found.id} belongs to {found.identity}, not {job.identity}")
    if not found.is_complete:
        raise KopiaError(f"snapshot {found.id} is not complete")
    return found


def _compare(chosen: Snapshot, found: tree.Counts, *, had_lost_found: bool) -> None:
    expected = tree.Counts(files=chosen.files, dirs=chosen.dirs, bytes=chosen.bytes)
    if not tree.agrees(expected, found, had_lost_found=had_lost_found):
        raise KopiaError(f"restored {found}, but snapshot {chosen.id} holds {expected}")


def _sync(data: Path) -> None:
    # One call for the whole file system; a flush per file takes hours on many small ones.
    libc = ctypes.CDLL(None, use_errno=True)
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(folder) != 0:
            text = os.strerror(ctypes.get_errno())
            raise KopiaError(f"the restored files cannot be written to their volume: {text}")
    finally:
        os.close(folder)
