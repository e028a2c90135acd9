"""The project's image: Python, pinned packages, kopia and our code, each in its own layer."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from lab import paths
from lab.errors import LabError
from lab.images import root
from lab.images.layer import Layer, add_folder, cached, plain, programs
from lab.images.oci import PATH, Image

REFERENCE = "registry.local/pvc-backup:lab"
PACKAGES = ("contract", "kopia", "kube", "plumber", "mover")
LOCK = "plumber/requirements.lock"
KOPIA = "/usr/local/bin/kopia"
SITE = "usr/local/lib/python3.11/site-packages"
LIMIT = 20_000_000  # bytes of our own code; more means that something else slipped in


def requirements_key(top: Path) -> str:
    """What decides the content of site-packages."""
    return hashlib.sha256((top / LOCK).read_bytes()).hexdigest()[:16]


def site_packages(top: Path = paths.ROOT) -> Layer:
    """The pinned packages, with byte code: the pods' root file system is read-only."""
    key = requirements_key(top)
    folder = paths.CACHE / f"site-packages-{key}"

    def fill(tar: tarfile.TarFile) -> None:
        if not folder.exists():
            _install(top, folder)
        tar.add(folder, arcname=SITE, filter=plain)

    return cached(["site-packages", key], fill)


def _install(top: Path, folder: Path) -> None:
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target"]
    compiler = [str(root.PYTHON), "-m", "compileall", "-q", "--invalidation-mode"]
    for words in (
        [*pip, str(draft), "--require-hashes", "-r", LOCK],
        [*compiler, "unchecked-hash", "-s", str(draft), "-p", f"/{SITE}", str(draft)],
    ):
        run = subprocess.run(words, cwd=top, capture_output=True, text=True, check=False)
        if run.returncode:
            raise LabError(f"{' '.join(words[1:4])} failed:\n{(run.stdout + run.stderr)[-1500:]}")
    draft.rename(folder)


def code_files(top: Path) -> Iterator[Path]:
    """Our packages' files, in order, without byte code."""
    for package in PACKAGES:
        for folder, subfolders, names in os.walk(top / package):
            subfolders[:] = sorted(name for name in subfolders if name != "__pycache__")
            yield from (Path(folder) / name for name in sorted(names))


def code(top: Path = paths.ROOT) -> Layer:
    """Our packages under /app."""
    files = list(code_files(top))
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(top)}\0".encode() + file.read_bytes() + b"\0")
    if sum(file.stat().st_size for file in files) > LIMIT:
        raise LabError(f"{' '.join(PACKAGES)} hold more than {LIMIT} bytes; what is it?")

    def fill(tar: tarfile.TarFile) -> None:
        add_folder(tar, "app")
        for file in files:
            member = plain(tar.gettarinfo(file, arcname=f"app/{file.relative_to(top)}"))
            member.mode = 0o644
            with file.open("rb") as stream:
                tar.addfile(member, stream)

    return cached(["code", digest.hexdigest()], fill)


def image(kopia: Path) -> Image:
    """What plumber, mover, its Jobs and the UI run."""
    layers = (root.python(), programs({KOPIA: kopia}), site_packages(), code())
    quiet = ("PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", f"PYTHONPATH=/app:/{SITE}")
    return Image(
        reference=REFERENCE,
        layers=layers,
        environment=(PATH, *quiet),
        user="1000:1000",
        workdir="/app",
    )
