"""One modelled life of a repository: backups, faults, restarts and questions, from one seed."""

import asyncio
import math
import shutil
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from bench.faults.asgi import get
from bench.faults.history import CLAIMS, RARELY, SOME, snapshot
from bench.faults.kopia_process import KopiaProcess
from bench.faults.model import HALF, HOUR, Backup, Environment, Fault, Repository, mount
from bench.faults.model_cluster import ModelCluster
from bench.faults.replica import Replica
from bench.faults.verdict import Question, is_known
from contract.answer import AS_OF, START_EMPTY, Field, decision_path
from contract.names import Claim, identity
from contract.times import exact_text
from fakes.virtual_loop import VirtualLoop, VirtualThread

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SETTLED = 120.0  # seconds after which a service without faults has to know everything
REPORTED = 0.8  # the chance that the mover can write that a backup has ended
FORGETTING = {Fault.LEDGER_LOST, Fault.LEDGER_CUT}
SILENT = {Fault.INDEX_LOST, Fault.ROLLED_BACK}  # kopia lists what is left, without a word


@dataclass(kw_only=True)
class Story:
    """The questions, backups and faults of one life."""

    questions: list[Question] = field(default_factory=list)
    settled: list[Question] = field(default_factory=list)  # those of them at the end, all mended
    backups: list[Backup] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)


def play(
    loop: VirtualLoop, folder: Path, seed: str, faults: Sequence[Fault] = tuple(Fault)
) -> Story:
    """The story of this seed; files are kept under `folder` and removed."""
    stage = _Stage(loop, folder, Random(seed), faults)  # noqa: S311 - repeatable
    try:
        with _virtual(loop, stage.environment):
            loop.run_until_complete(stage.play())
    finally:
        shutil.rmtree(folder)
    if stage.environment.unknown:
        raise NotImplementedError(f"the modelled kopia does not know: {stage.environment.unknown}")
    return stage.story


@contextmanager
def _virtual(loop: VirtualLoop, environment: Environment) -> Generator[None]:
    with (
        patch("subprocess.Popen", partial(KopiaProcess, environment)),
        patch("threading.Thread", VirtualThread),
        patch("time.monotonic", loop.time),
    ):
        yield


class _Stage:
    """The environment, its services, and what happens to them."""

    def __init__(
        self, loop: VirtualLoop, folder: Path, random: Random, faults: Sequence[Fault]
    ) -> None:
        self.random, self.loop, self.folder, self.possible = random, loop, folder, faults
        loop.pace = lambda: random.choice((0.0, 0.01, random.uniform(0, 2)))
        self.environment = Environment(loop, random, folder / "environment", NOON)
        self.cluster = ModelCluster(
            random,
            self.environment.faults,
            self.environment.repository.unique_id,
            self.environment.wall,
        )
        self.story = Story(backups=self.environment.repository.backups)
        self.is_calm = random.random() < SOME  # no fault at all: then no answer may be withheld
        self.traces: set[str] = set()  # snapshots that a service has listed or heard of
        self.silent_ended = -math.inf
        self.replicas: list[Replica] = []
        self.asking: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        self._history()
        self.replicas = [self._replica(number) for number in range(self.random.choice((1, 2)))]
        for replica in self.replicas:
            await replica.start()
        for _ in range(self.random.randint(6, 16)):
            pause = self.random.choice((0.0, 1.0, 8.0, 40.0, 400.0))
            await asyncio.sleep(pause * self.random.random())
            await self._happens()
        await asyncio.gather(*self.asking)
        await self._settle()
        for replica in self.replicas:
            await replica.stop()

    def _replica(self, number: int) -> Replica:
        return Replica(
            path=mount(self.environment),
            pin_file=self.environment.pin_file,
            password_file=self.environment.password_file,
            state=self.folder / f"state-{number}",
            cluster=self.cluster,
        )

    async def _settle(self) -> None:
        for fault in list(self.environment.faults):
            self._end(fault)
        await asyncio.sleep(SETTLED)
        before = len(self.story.questions)
        for claim in CLAIMS:
            await self._ask(claim)
        self.story.settled = self.story.questions[before:] if self.is_calm else []

    def _history(self) -> None:
        for claim in CLAIMS:
            for _ in range(self.random.choice((0, 0, 1, 3))):
                age = self.random.uniform(HOUR, 100 * HOUR)
                self._add(claim, self.environment.repository, -age)
        for _ in range(self.random.choice((0, 2))):
            self._add(self.random.choice(CLAIMS), self.environment.other, -HOUR)

    async def _happens(self) -> None:
        kinds: list[Callable[[], Any]] = [
            self._ask_some,
            self._ask_some,
            self._backup,
            self._restart,
        ]
        if not self.is_calm:
            kinds += [self._break, self._break, self._break, self._mend, self._mend]
        if self.random.random() < RARELY:
            kinds = [self._rebuild]
        for replica in self.replicas:
            self.traces |= replica.traces()
        action = self.random.choice(kinds)()
        if action is not None:
            await action

    def _break(self) -> None:
        fault = self.random.choice(self.possible)
        self.story.faults.add(fault)
        self.environment.begin(fault)
        if fault is Fault.API_AWAY:
            self.cluster.interrupt()
        if fault in FORGETTING:
            self.traces.clear()
            self.cluster.lose()

    def _mend(self) -> None:
        if self.environment.faults:
            self._end(self.random.choice(list(self.environment.faults)))

    def _end(self, fault: Fault) -> None:
        self.silent_ended = self._silent_until()
        self.environment.end(fault)

    def _backup(self) -> None:
        claim = self.random.choice(CLAIMS)
        backup = self._add(claim, self.environment.repository, self.environment.now())
        is_ours = backup.snapshot.is_complete and backup.snapshot.identity == identity(claim)
        if is_ours and self.random.random() < REPORTED:
            pause = self.random.uniform(0, 5)  # until the mover has written its status
            self.loop.call_later(pause, self.cluster.backed_up, claim, backup)

    def _add(self, claim: Claim, repository: Repository, since: float) -> Backup:
        end = NOON + timedelta(seconds=since)
        if not self.is_calm and self.random.random() < RARELY:  # the writer's clock is wrong
            end += timedelta(seconds=self.random.uniform(-HOUR, HOUR))
        backup = Backup(snapshot=snapshot(self.random, claim, end), since=since)
        repository.backups.append(backup)
        self.environment.settle()
        return backup

    def _silent_until(self) -> float:
        """The last time at which the index lacked something; knowledge may be that old."""
        return (
            self.environment.now() if self.environment.faults.keys() & SILENT else self.silent_ended
        )

    def _restart(self) -> Awaitable[None]:
        return self.random.choice(self.replicas).restart(clean=self.random.random() < HALF)

    async def _rebuild(self) -> None:
        self.traces.clear()
        self.story.faults.add("rebuilt cluster")
        for replica in self.replicas:
            await replica.stop()
        self.cluster.rebuild()
        for replica in self.replicas:
            await replica.restart(clean=True)

    def _ask_some(self) -> None:
        for _ in range(self.random.choice((1, 1, 5))):
            claim = self.random.choice(CLAIMS)
            if self.random.random() < HALF:
                self.cluster.deleted(claim)
            self.asking.append(asyncio.create_task(self._ask(claim)))

    async def _ask(self, claim: Claim) -> None:
        random, as_of, leave = self.random, None, ""
        if random.random() < SOME:
            as_of = self.environment.true_time() - timedelta(seconds=random.uniform(0, 50 * HOUR))
        if random.random() < SOME and self.story.backups:
            leave = random.choice(self.story.backups).snapshot.id
        query = {AS_OF: exact_text(as_of)} if as_of else {}
        query |= {START_EMPTY: leave} if leave else {}
        arrived = self.environment.now()
        path, service = decision_path(claim), random.choice(self.replicas).app
        status, body = await get(service, path, urlencode(query))
        is_silent = self._silent_until() >= self.environment.now() - body[Field.AGE]
        question = Question(
            claim=claim,
            as_of=as_of,
            start_empty=leave,
            arrived=arrived,
            answered=self.environment.now(),
            is_blind=False,
            status=status,
            body=body,
        )
        is_blind = is_silent and not is_known(question, self.story.backups, self.traces)
        self.story.questions.append(replace(question, is_blind=is_blind))
