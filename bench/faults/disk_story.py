"""One life of a real repository on disk: read by the real kopia, in real time, really damaged."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bench import repository
from bench.faults.asgi import get
from bench.faults.damage import DAMAGES, UNREADABLE, Scene
from bench.faults.history import RARELY, SOME
from bench.faults.model import HALF, Backup
from bench.faults.model_cluster import ModelCluster
from bench.faults.replica import Replica
from bench.faults.story import Story
from bench.faults.verdict import Question
from bench.repository import Built
from contract.answer import Status, decision_path
from contract.names import Claim
from fakes import forgery
from fakes.polling import wait_until
from kopia.command import Kopia, KopiaError
from kopia.repository import connect
from kopia.snapshots import listing
from lab import tools
from plumber.repository.reader import READER

CLAIMS = (Claim("media", "data"), Claim("media", "photos"), Claim("web", "data"))
NEVER_BACKED_UP = Claim("web", "new")
DEADLINE = 3.0  # seconds for one kopia; short, so that a stopped one is soon given up
FIRST_LIST = 30.0  # seconds that a healthy repository may take on a busy machine
PAUSE = 0.05  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Template:
    """A healthy repository to copy, another one to swap it for, and what the first holds."""

    built: Built
    other: Built
    source: Path
    backups: tuple[Backup, ...]


def prepare(folder: Path) -> Template:
    """Makes both repositories under `folder`."""
    source = folder / "source"
    source.mkdir()
    (source / "file").write_text("content")
    now = datetime.now(UTC).replace(microsecond=0)
    built, kopia = repository.empty(folder / "template")
    for age in (30, 20, 10):
        for claim in CLAIMS:
            repository.back_up(kopia, claim, source, now - timedelta(hours=age))
    other, writer = repository.empty(folder / "other")
    repository.back_up(writer, CLAIMS[0], source, now - timedelta(hours=1))
    backups = tuple(Backup(snapshot=snapshot, since=0.0) for snapshot in listing(kopia))
    return Template(built=built, other=other, source=source, backups=backups)


def obey_permissions() -> None:
    """Starts this program anew where root reads what no one may read; that damage would be none."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).chmod(UNREADABLE)
        if not os.access(file.name, os.R_OK):
            return
    anew = [sys.executable, *sys.orig_argv[1:]]
    os.execvp("setpriv", ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *anew])  # noqa: S606 - no shell


def play(template: Template, folder: Path, seed: str) -> Story:
    """The life of this seed; files are kept under `folder` and removed."""
    life = _Life(template, folder, Random(seed))  # noqa: S311 - repeatable
    try:
        asyncio.run(life.play())
    finally:
        _kill(_children(), signal.SIGKILL)  # one that was stopped would stay
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)  # a kopia may still write its log
    return life.story


class _Life:
    """A copy of the template, one pod that reads it, and what happens to both."""

    def __init__(self, template: Template, folder: Path, random: Random) -> None:
        self.template, self.folder, self.random = template, folder, random
        self.scene = scene = Scene(
            random=random,
            path=folder / "repository",
            healthy=template.built.path,
            other=template.other.path,
            pin_file=folder / "pin",
            password_file=folder / "password",
            writer=template.built.kopia(folder / "forger", FIRST_LIST),
            forger=tools.ensure([forgery.TOOL])[forgery.TOOL],
        )
        folder.mkdir()
        shutil.copytree(template.built.path, scene.path)
        shutil.copy(template.built.password_file, scene.password_file)
        connect(scene.writer, scene.path, readonly=False, identity=READER)
        scene.pin_file.write_text(template.built.unique_id)
        self.cluster = ModelCluster(random, {}, template.built.unique_id, lambda: datetime.now(UTC))
        self.story = Story(backups=list(template.backups))
        self.is_forgotten = False
        self.replica = Replica(
            path=scene.path,
            pin_file=scene.pin_file,
            password_file=scene.password_file,
            state=folder / "state",
            cluster=self.cluster,
            binary=template.built.kopia(folder).binary,
            deadline=DEADLINE,
        )
        self.began = time.monotonic()

    async def play(self) -> None:
        await self.replica.start()
        await self._wait_until_known()
        if self.random.random() < HALF:
            for claim, backup in await asyncio.to_thread(self._backed_up):
                self.story.backups.append(backup)
                self.cluster.backed_up(claim, backup)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            damage = self.random.choice(DAMAGES)
            self.story.faults.add(damage.__name__)
            try:
                await asyncio.to_thread(damage, self.scene)
            except KopiaError:  # nothing can be written there any more
                continue
            except (IndexError, OSError):  # an earlier one has left nothing of that kind
                self.scene.is_silent = True
        if self.random.random() > SOME:
            await self.replica.stop()
            self._forget()
            await self.replica.restart(clean=self.random.random() < HALF)
        killer = asyncio.create_task(self._kill_kopia())
        await asyncio.gather(*(self._ask(claim) for claim in (*CLAIMS, NEVER_BACKED_UP)))
        killer.cancel()
        await self.replica.stop()

    async def _wait_until_known(self) -> None:
        async def is_answered() -> bool:
            status, _ = await get(self.replica.app, decision_path(NEVER_BACKED_UP))
            return status == Status.KNOWN

        def is_remembered() -> bool:
            return self.cluster.remembers() >= len(CLAIMS)

        await wait_until("the first listing", is_answered, FIRST_LIST, PAUSE)
        await wait_until("a ledger of every PVC", is_remembered, FIRST_LIST, PAUSE)

    def _forget(self) -> None:
        if self.random.random() < RARELY:
            self.is_forgotten = True
            self.story.faults.add("rebuilt cluster")
            self.cluster.rebuild()

    def _backed_up(self) -> list[tuple[Claim, Backup]]:
        """A new backup by another client, or none: sometimes it is killed."""
        claim = self.random.choice(CLAIMS)
        writer = self._client(None)
        connect(writer, self.scene.path, readonly=False, identity=READER)
        dated = self._client(self.random.choice((None, None, self.random.uniform(0.05, 0.3))))
        with suppress(KopiaError):
            repository.back_up(dated, claim, self.template.source, datetime.now(UTC))
        known_ids = {backup.snapshot.id for backup in self.story.backups}
        new = [snapshot for snapshot in listing(writer) if snapshot.id not in known_ids]
        return [(claim, Backup(snapshot=snapshot, since=self._now())) for snapshot in new]

    def _client(self, deadline: float | None) -> Kopia:
        return self.template.built.kopia(self.folder / "writer", deadline or FIRST_LIST)

    async def _ask(self, claim: Claim) -> None:
        arrived = self._now()
        status, body = await get(self.replica.app, decision_path(claim))
        self.story.questions.append(
            Question(
                claim=claim,
                as_of=None,
                start_empty="",
                arrived=arrived,
                answered=self._now(),
                is_blind=self.scene.is_silent and self.is_forgotten,
                status=status,
                body=body,
            )
        )

    async def _kill_kopia(self) -> None:
        """Ends or stops this process's own kopia, at any moment of its work."""
        while self.scene.kill is not None:
            await asyncio.sleep(self.random.uniform(0, PAUSE))
            _kill(_children(), self.scene.kill)

    def _now(self) -> float:
        return time.monotonic() - self.began


def _children() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for children in lists for pid in children.read_text().split()]


def _kill(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
