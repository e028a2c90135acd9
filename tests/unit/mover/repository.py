"""A real repository in a temporary folder, and trees of files of many shapes."""

import os
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract.names import Identity
from contract.repository import KEY_PASSWORD
from contract.schedule import RETENTION, Retention
from kopia.command import Kopia
from kopia.format_blob import unique_id
from kopia.repository import connect, create
from mover.job.operation import perform
from mover.job.session import kopia
from mover.job.task import Backup, Ordered, Task
from mover.result import Result

PASSWORD = "correct horse"
IDENTITY = Identity("photos-backup", "media")
OTHER = Identity("photos-backup", "elsewhere")
DEADLINE = 60.0
START_DEADLINE = 600.0
ONE_A_DAY = Retention(hourly=0, daily=1, weekly=0, monthly=0, annual=0, latest=0)
WHAT = [field.name for field in fields(Backup)]
BIG_HOLE = 64 << 20  # bytes
SOME_ID = "0" * 32


@dataclass
class Bench:
    """A repository, its Secret, and Jobs against it."""

    root: Path
    id: str = ""

    @property
    def path(self) -> Path:
        return self.root / "repository"

    @property
    def secret(self) -> Path:
        return self.root / "secret"

    def client(self, name: str, identity: Identity = IDENTITY) -> Kopia:
        """A connected client beside the Jobs, for looking and for damage."""
        client = kopia(self.root / "client", name, DEADLINE, self.secret)
        connect(client, self.path, readonly=False, identity=identity)
        return client

    def order(self, data: Path, identity: Identity = IDENTITY) -> Task:
        """A restore into a folder, or with more a backup of it."""
        return Task(
            repository_id=self.id,
            identity=identity,
            deadline=DEADLINE,
            ordered=Ordered(at=datetime.now(UTC), start_deadline=START_DEADLINE),
            data=str(data),
            repository=str(self.path),
            secret=str(self.secret),
            state=str(self.root / f"state-{len(list(self.root.glob('state-*')))}"),
        )

    def backup(self, data: Path, identity: Identity = IDENTITY, **more: Any) -> Result:
        what = {name: more.pop(name) for name in WHAT if name in more}
        backup = replace(Backup(retention=RETENTION), **what)
        return perform(replace(self.order(data, identity), backup=backup, **more))

    def restore(self, name: str, snapshot: str = "", **more: Any) -> tuple[Result, Path]:
        target = self.root / name
        target.mkdir(exist_ok=True)
        return perform(replace(self.order(target), snapshot=snapshot, **more)), target


def bench(root: Path) -> Bench:
    """A new, empty repository."""
    made = Bench(root)
    made.path.mkdir(exist_ok=True)
    made.secret.mkdir()
    (made.secret / KEY_PASSWORD).write_text(PASSWORD)
    owner = Identity("maintenance", "volsync")
    client = kopia(root / "bootstrap", "one", DEADLINE, made.secret)
    create(client, made.path, identity=owner)
    made.id = unique_id(made.path)
    return made


def plant(root: Path) -> Path:
    """Files of many shapes; owners need root."""
    (root / "a" / "deep" / "er").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a" / "hello").write_text("hello")
    (root / "a" / "deep" / "er" / "naïve 文件 name").write_bytes(os.urandom(5000))
    (root / "zero").touch()
    (root / "link").symlink_to("a/hello")
    (root / "dangling").symlink_to("/nowhere/at/all")
    with (root / "sparse").open("wb") as file:
        file.write(b"begin")
        file.truncate(BIG_HOLE)
    (root / "twin").hardlink_to(root / "a" / "hello")
    (root / ".kopiaignore").write_text("zero\n")
    (root / "cache").mkdir()
    (root / "cache" / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    (root / "cache" / "kept").write_text("kept")
    os.chown(root / "zero", 1234, 5678)
    os.chown(root / "link", 999, 999, follow_symlinks=False)
    os.chown(root / "empty", 999, 1001)
    (root / "a" / "hello").chmod(0o4750)
    (root / "empty").chmod(0o2770)
    (root / "cache" / "kept").chmod(0o000)
    os.utime(root / "zero", (1_000_000_000, 1_000_000_000))
    os.utime(root / "a" / "deep", (1_100_000_000, 1_100_000_000))
    return root


def shapes(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything that must come back of each entry, by path."""
    shape_by_path: dict[str, tuple[object, ...]] = {}
    for path in [root, *sorted(root.rglob("*"))]:
        info = path.lstat()
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        # Kopia gives a restored folder the time of its newest content; of a link nobody sees it.
        time = info.st_mtime_ns if path.is_file() and not path.is_symlink() else None
        name = str(path.relative_to(root))
        shape_by_path[name] = (oct(info.st_mode), info.st_uid, info.st_gid, time, content)
    return shape_by_path
