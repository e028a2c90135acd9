import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from contract.names import Claim, Identity, identity
from kopia.snapshots import Snapshot
from kube import client as api_client
from plumber.knowledge import Knowledge, Marks, Memory, Moment
from plumber.ledger import store as cluster_memory
from plumber.metrics import Metrics
from plumber.web.app import Service, create_app

HERE = "a" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOW = Moment(monotonic=100.0, wall=NOON + timedelta(hours=6))
DATA = identity(Claim("media", "data"))
SNAPSHOT = Snapshot(
    id="a" * 32,
    identity=DATA,
    start=NOON,
    end=NOON,
    incomplete="",
    files=3,
    dirs=2,
    bytes=30,
    errors=0,
)


@pytest.fixture(scope="session")
def snapshot() -> Callable[..., Snapshot]:
    """Makes a snapshot of media/data, taken at noon, with some changes."""

    def make(identity: Identity = DATA, **changes: Any) -> Snapshot:
        return structs.replace(SNAPSHOT, identity=identity, **changes)

    return make


class FakeCatalog:
    """Knows what a test says, and after a listing what it says then."""

    def __init__(self) -> None:
        self.known = Knowledge()
        self.after: Callable[[], Knowledge] | None = None
        self.listings = 0

    def latest(self) -> Knowledge:
        return self.known

    async def proven(self) -> Knowledge:
        self.listings += 1
        if self.after is None:
            await asyncio.sleep(3600)
        else:
            self.known = self.after()
        return self.known

    async def run(self) -> None:
        await asyncio.sleep(3600)


@pytest.fixture
def catalog() -> FakeCatalog:
    return FakeCatalog()


class FakeMemory:
    """Has read an empty ledger, and remembers what a test or a listing tells it."""

    def __init__(self) -> None:
        self.known = Memory(repository=HERE, read=math.inf, trouble="", is_told=True)
        self.proofs = 0

    def memory(self) -> Memory:
        return self.known

    def learn(self, repository: str, marks: Marks) -> None:
        self.known = replace(self.known, marks={**self.known.marks, **marks})

    async def proven(self) -> None:
        self.proofs += 1

    async def run(self) -> None:
        await asyncio.sleep(3600)


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is tried and read again at once."""
    monkeypatch.setattr(api_client, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(cluster_memory, "RETRY", 0.02)
    monkeypatch.setattr(cluster_memory, "REREAD", 0.02)


@pytest.fixture
def client(catalog: Any) -> Iterator[TestClient]:
    service = create_app(Service(catalog, Metrics(), ready_age=60.0, now=lambda: NOW))
    with TestClient(service, raise_server_exceptions=False) as client:
        yield client
