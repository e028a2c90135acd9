"""Stand-in for storage with snapshots: volumes and snapshots are directories, copied by cp."""

import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

LINUX_ESCAPES = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


class MissingError(Exception):
    """A volume or snapshot that a request names is not there."""


def identifier(name: str) -> str:
    """The id for a name that the orchestrator chose: the same name is the same object for ever."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, name).hex


def mount_points(mountinfo: str) -> set[str]:
    """All mount points in the text of /proc/self/mountinfo."""
    points = set()
    for line in mountinfo.splitlines():
        point = line.split(" ")[4]
        for escape, character in LINUX_ESCAPES.items():
            point = point.replace(escape, character)
        points.add(point)
    return points


def copy(source: Path, target: Path) -> None:
    """Copies a tree with owners, modes, times, extended attributes, hard links and holes."""
    subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", str(target)], check=True)


@dataclass(frozen=True, kw_only=True)
class Store:
    """Everything under one directory; objects appear by a rename, so no half copy is seen."""

    root: Path

    def volume(self, volume_id: str) -> Path:
        return self.root / "volumes" / volume_id

    def snapshot(self, snapshot_id: str) -> Path:
        """The snapshot's folder. As in Longhorn it lies in its volume, and is deleted with it."""
        inside = self.root / "snapshots"
        return next(inside.glob(f"*/{snapshot_id}"), inside / "gone" / snapshot_id)

    def create_volume(self, name: str, snapshot_id: str = "") -> str:
        """A new volume, empty or with a snapshot's content; an existing one is left as it is."""
        source = self.snapshot(snapshot_id) if snapshot_id else None
        return self._create(self.volume(identifier(name)), source)

    def create_snapshot(self, name: str, volume_id: str) -> str:
        """A copy of the volume as it is now; an existing snapshot is left as it is."""
        target = self.root / "snapshots" / volume_id / identifier(name)
        return self._create(target, self.volume(volume_id))

    def _create(self, target: Path, source: Path | None) -> str:
        if target.is_dir():
            return target.name
        if source is not None and not source.is_dir():
            kind = source.relative_to(self.root).parts[0].removesuffix("s")
            raise MissingError(f"{kind} {source.name} does not exist")
        draft = target.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        if source is not None:
            copy(source, draft)
        draft.rename(target)
        return target.name

    def delete_volume(self, volume_id: str) -> None:
        """Deletes a volume with the content of its snapshots."""
        self._delete(self.root / "snapshots" / volume_id)
        self._delete(self.volume(volume_id))

    def delete_snapshot(self, snapshot_id: str) -> None:
        self._delete(self.snapshot(snapshot_id))

    def _delete(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)

    def publish(self, volume_id: str, target: Path, *, read_only: bool) -> None:
        """Mounts a volume where a pod will see it."""
        source = self.volume(volume_id)
        if not source.is_dir():
            raise MissingError(f"volume {volume_id} does not exist")
        target.mkdir(parents=True, exist_ok=True)
        if str(target) in mount_points(Path("/proc/self/mountinfo").read_text()):
            return
        subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
        if read_only:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(target)], check=True)

    def unpublish(self, target: Path) -> None:
        """Undoes `publish`."""
        if str(target) in mount_points(Path("/proc/self/mountinfo").read_text()):
            subprocess.run(["umount", str(target)], check=True)
        if target.is_dir():
            os.rmdir(target)
