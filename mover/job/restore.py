"""Restores exactly one complete snapshot into an empty volume, and compares what came out."""

import ctypes
import errno
import os
from pathlib import Path

from contract.times import CLOCKS_DISAGREE, SKEW, time_text
from kopia.command import Kopia
from kopia.failure import FullError, KopiaError
from kopia.snapshots import Snapshot, listing, newest_complete
from mover.job import file_tree, session
from mover.job.task import Task
from mover.result import Result

FLAGS = ("--write-sparse-files",)
ALL_ATTRIBUTES = ("--no-ignore-permission-errors",)
NO_OWNERS = ("--skip-owners",)  # without privileges no owner but our own can be given


def run(order: Task, client: Kopia, *, privileged: bool) -> Result:
    """Fills `order.data`. Raises KopiaError unless it holds just what the snapshot does."""
    path, data = Path(order.repository), Path(order.data)
    with session.opening():
        session.open_pinned(client, path, order.repository_id, order.identity, readonly=True)
        snapshots = listing(client, order.identity)
    chosen = choose(snapshots, order)
    if not file_tree.is_new(data):
        raise KopiaError("the volume to restore into is not empty")
    had_lost_found = (data / file_tree.LOST_FOUND).is_dir()
    # A volume's own folder often belongs to root; what is written into it belongs to the writer.
    keeps_root = privileged or data.stat().st_uid == os.geteuid()
    flags = list(FLAGS)
    if keeps_root:
        flags += ALL_ATTRIBUTES
    if not privileged:
        flags += NO_OWNERS
    try:
        client.run("snapshot", "restore", chosen.id, str(data), *flags)
        flush(data)
    except FullError:
        raise FullError(_too_small(chosen, data)) from None
    _compare(chosen, file_tree.survey(data), had_lost_found=had_lost_found)
    session.require_repository(path, order.repository_id)
    return Result(
        verified=True,
        repository=order.repository_id,
        snapshot=chosen.id,
        time=time_text(chosen.start),
        files=chosen.files,
        dirs=chosen.dirs,
        bytes=chosen.bytes,
        errors=chosen.ignored,
        note="; ".join(_notes(chosen, privileged=privileged, keeps_root=keeps_root)),
    )


def choose(snapshots: tuple[Snapshot, ...], order: Task) -> Snapshot:
    """The recorded snapshot, or the newest complete one where none was recorded."""
    if not order.snapshot:
        newest = newest_complete(snapshots, order.identity)
        if newest is None:
            raise KopiaError(f"there is no complete snapshot of {order.identity}")
        if newest.start > order.ordered.at + SKEW:
            raise KopiaError(
                f"{CLOCKS_DISAGREE}: the newest snapshot {newest.id} is dated "
                f"{time_text(newest.start)}, which lies ahead"
            )
        return newest
    snapshot = next((snapshot for snapshot in snapshots if snapshot.id == order.snapshot), None)
    if snapshot is None:
        raise KopiaError(f"snapshot {order.snapshot} is not in the repository")
    if snapshot.identity != order.identity:
        raise KopiaError(
            f"snapshot {snapshot.id} belongs to {snapshot.identity}, not {order.identity}"
        )
    if not snapshot.is_complete:
        raise KopiaError(f"snapshot {snapshot.id} is not complete")
    return snapshot


def flush(data: Path) -> None:
    """Writes to disk what is still in memory.

    One call for the whole file system: a flush per file takes hours on many small ones.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(folder) != 0:
            code = ctypes.get_errno()
            kind = FullError if code in (errno.ENOSPC, errno.EDQUOT) else KopiaError
            text = os.strerror(code)
            raise kind(f"the restored files cannot be written to their volume: {text}")
    finally:
        os.close(folder)


def _too_small(chosen: Snapshot, data: Path) -> str:
    # Told only when it happens: a snapshot's bytes count the holes of sparse files as well.
    volume = os.statvfs(data)
    return (
        f"the volume is full: the snapshot needs {chosen.bytes} bytes for {chosen.files} files, "
        f"the volume has {volume.f_blocks * volume.f_frsize} bytes"
    )


def _compare(chosen: Snapshot, restored: file_tree.Survey, *, had_lost_found: bool) -> None:
    expected = file_tree.stored(chosen)
    if not file_tree.agrees(expected, restored.counts, had_lost_found=had_lost_found):
        raise KopiaError(f"restored {restored.counts}, but snapshot {chosen.id} holds {expected}")


def _notes(chosen: Snapshot, *, privileged: bool, keeps_root: bool) -> list[str]:
    notes = []
    if chosen.ignored:
        notes.append(f"{chosen.ignored} files or directories could not be read when it was made")
    if not privileged:
        notes.append("owners and groups could not be kept without privileges")
    if not keeps_root:
        notes.append("nor mode and time of the volume's own folder, which is another user's")
    return notes
