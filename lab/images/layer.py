"""Image layers: reproducible tar files in the cache, each under a hash of what went into it."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import paths

FORMAT = "1"  # raise it when the way layers are written changes


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One uncompressed layer; its digest is its diff id as well."""

    path: Path
    digest: str
    size: int


def digest(path: Path) -> str:
    """The sha256 of a file, as a registry writes it."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def cached(parts: Iterable[str], fill: Callable[[tarfile.TarFile], None]) -> Layer:
    """The layer that `fill` writes; `parts` must name everything that decides its content."""
    key = hashlib.sha256("\0".join([FORMAT, *parts]).encode()).hexdigest()[:16]
    path = paths.LAYERS / f"{key}.tar"
    note = paths.LAYERS / f"{key}.digest"
    if not note.exists():
        paths.LAYERS.mkdir(parents=True, exist_ok=True)
        draft = paths.LAYERS / f"{key}.{os.getpid()}"
        with tarfile.open(draft, "w", format=tarfile.GNU_FORMAT) as tar:
            fill(tar)
        draft.rename(path)
        note.write_text(digest(path))
    return Layer(path=path, digest=note.read_text(), size=path.stat().st_size)


def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A member without what differs from one packing to the next: time and owner."""
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def add_text(tar: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    """Adds one file of our own words."""
    member = tarfile.TarInfo(name)
    data = text.encode()
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))


def add_folder(tar: tarfile.TarFile, name: str, mode: int = 0o755) -> None:
    """Adds a directory entry."""
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    tar.addfile(member)


def programs(files: Mapping[str, Path]) -> Layer:
    """A layer of single files: path in the image to file here, all executable."""
    parts = []
    for target, source in sorted(files.items()):
        real = source.resolve()
        about = real.stat()
        parts.append(f"{target}={real}:{about.st_size}:{about.st_mtime_ns}")

    def fill(tar: tarfile.TarFile) -> None:
        for target, source in sorted(files.items()):
            member = plain(tar.gettarinfo(source.resolve(), arcname=target.lstrip("/")))
            member.mode = 0o755
            with source.resolve().open("rb") as stream:
                tar.addfile(member, stream)

    return cached(parts, fill)
