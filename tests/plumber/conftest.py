import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.names import Claim, Identity, identity
from kopia.snapshots import Snapshot
from plumber.knowledge import Knowledge

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DATA = identity(Claim("media", "data"))


@pytest.fixture(scope="session")
def snapshot() -> Callable[..., Snapshot]:
    """Makes a snapshot of media/data, taken at noon, with some changes."""

    def make(identity: Identity = DATA, **changes: Any) -> Snapshot:
        plain = Snapshot(
            id="a" * 32,
            identity=identity,
            start=NOON,
            end=NOON,
            incomplete="",
            files=3,
            dirs=2,
            bytes=30,
            errors=0,
        )
        return replace(plain, **changes)

    return make


class FakeCatalog:
    """Knows what a test says, and after a listing what it says then."""

    def __init__(self) -> None:
        self.known = Knowledge()
        self.after: Callable[[], Knowledge] | None = None
        self.listings = 0

    def latest(self) -> Knowledge:
        return self.known

    async def listed_anew(self) -> Knowledge:
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
