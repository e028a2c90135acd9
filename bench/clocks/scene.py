"""A repository with a history of two months, and programs on it whose clock is wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import repository
from contract.names import Claim, identity
from contract.repository import KEY_PASSWORD
from contract.schedule import RETENTION
from kopia.repository import connect
from kopia.snapshots import Snapshot, listing, newest_complete
from lab.clock import wrong_clock
from lab.clock.wrong_clock import DAY, HOUR
from mover.job import task
from mover.job.task import Backup, Ordered, Task
from mover.result import Result, decode

CLAIM = Claim("media", "photos")
AGES = (*(HOUR * n for n in range(8, 0, -1)), *(DAY * n for n in (2, 3, 5, 9, 16, 33, 62)))
PROGRAM = "bench.clocks.program"
START_DEADLINE = 600.0  # seconds, the mover's default


@dataclass(frozen=True)
class Scene:
    """A folder with repository, secret and volume."""

    root: Path
    unique_id: str
    path: str  # on which kopia is the one whose clock can be wrong

    def snapshots(self) -> dict[str, Snapshot]:
        """What the repository holds."""
        state = self.root / "look"
        client = repository.client(state, self.root / "secret" / KEY_PASSWORD)
        if not client.config.exists():
            connect(client, self.root / "repository", readonly=True, identity=identity(CLAIM))
        return {snapshot.id: snapshot for snapshot in listing(client)}

    def newest(self) -> str:
        """The id of the newest snapshot, by the clock that is right."""
        newest = newest_complete(self.snapshots().values(), identity(CLAIM))
        return newest.id if newest else ""

    def order(self, at: datetime, *, is_backup: bool = True) -> Task:
        """A Job that is made at this time by the API server's clock."""
        target = self.root / "target"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        state = self.root / "state"
        shutil.rmtree(state, ignore_errors=True)
        return Task(
            repository_id=self.unique_id,
            identity=identity(CLAIM),
            deadline=repository.DEADLINE,
            ordered=Ordered(at=at, start_deadline=START_DEADLINE),
            backup=Backup(retention=RETENTION) if is_backup else None,
            data=str(self.root / "data" if is_backup else target),
            repository=str(self.root / "repository"),
            secret=str(self.root / "secret"),
            state=str(state),
        )

    def start(self, skew: timedelta, *args: str, variables: Mapping[str, str] | None = None) -> str:
        """What a program prints whose clock is wrong."""
        environ = {"PATH": self.path, **wrong_clock.environment(skew), **(variables or {})}
        command = [sys.executable, "-m", PROGRAM, *args]
        run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f"{args[0]} ended with code {run.returncode}:\n{run.stderr}")
        return run.stdout.strip()

    def job(self, order: Task, skew: timedelta) -> Result:
        """The result of a Job on a node whose clock is wrong."""
        text = self.start(skew, "job", variables={task.VARIABLE: task.encode(order)})
        return decode(text) or Result(reason=text)


def build(root: Path, kopia: Path, now: datetime) -> Scene:
    """A new scene whose history ends at `now`; `kopia` is lab/pins.py's kopia-faketime."""
    built, writer = repository.empty(root)
    (root / "secret").mkdir()
    shutil.copy(built.password_file, root / "secret" / KEY_PASSWORD)
    (root / "data").mkdir()
    (root / "data" / "file").write_text("content")
    for age in AGES:
        repository.back_up(writer, CLAIM, root / "data", now - age)
    (root / "bin").mkdir()
    (root / "bin" / "kopia").symlink_to(kopia)
    path = os.pathsep.join((str(root / "bin"), os.defpath))
    return Scene(root, built.unique_id, path)


def poison(world: Scene, ahead: timedelta) -> None:
    """Adds a snapshot as an earlier version left it, on a node whose clock was wrong."""
    writer = repository.client(world.root / "writer", world.root / "secret" / KEY_PASSWORD)
    connect(writer, world.root / "repository", readonly=False, identity=identity(CLAIM))
    repository.back_up(writer, CLAIM, world.root / "data", utc_now() + ahead)


def copied(origin: Scene, root: Path) -> Scene:
    """A copy, so that each program finds the same."""
    for folder in ("repository", "secret", "data"):
        shutil.copytree(origin.root / folder, root / folder)
    return Scene(root, origin.unique_id, origin.path)


def utc_now() -> datetime:
    """The time by the clock that is right."""
    return datetime.now(UTC)
