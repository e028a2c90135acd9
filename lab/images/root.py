"""A root file system with the host's Python: interpreter, library and what they link to."""

import glob
import os
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.images.layer import Layer, add_folder, add_text, cached, plain

PYTHON = Path("/usr/bin/python3.11")
LIBRARY = Path("/usr/lib/python3.11")
BASIC = ("sh", "env", "cat", "ls", "sleep", "sync")
TOOLS = (
    *("cp", "mv", "rm", "mkdir", "rmdir", "ln", "touch", "chmod", "chown", "stat", "find", "grep"),
    *("sed", "dd", "truncate", "du", "df", "head", "tail", "wc", "sort", "id", "date", "tar"),
    *("md5sum", "sha256sum", "mount", "true", "false", "test"),
)
# What a binary wheel may expect of any system (the manylinux policy), even if Python needs it not.
WHEELS = ("libgcc_s", "libstdc++", "libm", "libdl", "librt", "libutil", "libpthread", "libresolv")
LEFT_OUT = {"__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3"}
LEFT_OUT |= {"ensurepip", "pydoc_data", "dist-packages", "sitecustomize.py", "EXTERNALLY-MANAGED"}
FOLDERS = ("proc", "sys", "dev", "etc", "root", "run", "app", "var", "usr/local/bin")
PASSWD = """root:x:0:0:root:/root:/bin/sh
app:x:1000:1000::/app:/bin/sh
nobody:x:65534:65534::/nonexistent:/bin/sh
"""  # noqa: S105 (a file, not a password)
GROUP = "root:x:0:\napp:x:1000:\nnogroup:x:65534:\n"


def libraries(listing: str) -> set[str]:
    """The absolute paths in the output of `ldd`."""
    return set(re.findall(r"(/[^ )\n]+)", listing))


def closure(files: Iterable[str]) -> list[str]:
    """Files with all their shared libraries and the symlinks that lead to them, sorted."""
    binaries: set[str] = set()
    for file in files:
        run = subprocess.run(["ldd", file], capture_output=True, text=True, check=False)
        binaries |= {file} | (libraries(run.stdout) if run.returncode == 0 else set())
    todo, all_paths = list(binaries), set()
    while todo:
        # The folders /bin, /lib and so on are links into /usr in the image: name the real place.
        path = os.path.join(
            os.path.realpath(os.path.dirname(todo[0])), os.path.basename(todo.pop(0))
        )
        if path in all_paths:
            continue
        all_paths.add(path)
        if os.path.islink(path):
            todo.append(os.path.join(os.path.dirname(path), os.readlink(path)))
    return sorted(all_paths)


def host_programs(names: Iterable[str]) -> list[str]:
    """Those of the named programs that this machine has."""
    candidates = [f"/usr/bin/{name}" for name in names]
    return [path for path in candidates if os.path.exists(path)]


def standard_library(top: Path = LIBRARY) -> Iterator[Path]:
    """The library's files and folders, without tests, caches and what a container never uses."""
    for folder, subfolders, files in os.walk(top):
        subfolders[:] = sorted(
            name for name in subfolders if name not in LEFT_OUT and not name.startswith("config-3")
        )
        yield Path(folder)
        yield from (Path(folder) / name for name in sorted(files) if name not in LEFT_OUT)


def _identity(files: Iterable[str]) -> list[str]:
    return [f"{path}:{os.lstat(path).st_size}:{os.lstat(path).st_mtime_ns}" for path in files]


def python() -> Layer:
    """The base layer: Python, a shell and a handful of programs."""
    extensions = glob.glob(f"{LIBRARY}/lib-dynload/*.so")
    system = glob.glob("/usr/lib/*-linux-gnu/libnss_*.so.2")
    system += [path for name in WHEELS for path in glob.glob(f"/usr/lib/*-linux-gnu/{name}.so.*")]
    files = closure([str(PYTHON), *host_programs(BASIC), *extensions, *system])
    certificates = "/etc/ssl/certs/ca-certificates.crt"

    def fill(tar: tarfile.TarFile) -> None:
        for folder in FOLDERS:
            add_folder(tar, folder)
        for folder in ("tmp", "var/tmp"):
            add_folder(tar, folder, 0o1777)
        for link in ("bin", "sbin", "lib", "lib64"):
            add_folder(tar, f"usr/{link}")
            _link(tar, link, f"usr/{link}")
        for path in standard_library():
            if str(path) not in files:
                tar.add(path, arcname=str(path), recursive=False, filter=plain)
        for path in files:
            tar.add(path, arcname=path, recursive=False, filter=plain)
        for name in ("python3", "python"):
            _link(tar, f"usr/bin/{name}", PYTHON.name)
        add_text(tar, certificates.lstrip("/"), Path(certificates).read_text())
        add_text(tar, "etc/passwd", PASSWD)
        add_text(tar, "etc/group", GROUP)
        add_text(tar, "etc/nsswitch.conf", "hosts: files dns\npasswd: files\ngroup: files\n")

    return cached(["python root", *_identity(files)], fill)


def tools() -> Layer:
    """A layer of everyday programs, for pods that write and check data."""
    files = closure(host_programs(TOOLS))

    def fill(tar: tarfile.TarFile) -> None:
        for path in files:
            tar.add(path, arcname=path, recursive=False, filter=plain)

    return cached(["tools", *_identity(files)], fill)


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    tar.addfile(member)
