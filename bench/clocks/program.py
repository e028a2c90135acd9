"""The product's programs, each in a process of its own whose clock may be wrong: `program NAME`.

What one prints is its result, or the reason why it refused.
"""

import asyncio
import logging
import os
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from contract.environment import PlumberSettings
from contract.names import Claim
from kopia.failure import KopiaError
from kube.api import ApiError
from kube.client import Client
from kube.resource import CONFIG_MAP
from mover import maintenance
from mover.job import session, task
from mover.job.operation import perform
from mover.result import encode
from plumber.answer import Answer
from plumber.decision import decide
from plumber.knowledge import NEVER, Question
from plumber.ledger.store import ClusterMemory
from plumber.metrics import Metrics
from plumber.repository.catalog import LiveCatalog, kept
from plumber.repository.reader import reader
from plumber.web.app import moment

DEADLINE = 60.0  # seconds for one kopia
PATIENCE = 20.0  # seconds for pvc-plumber's first answer
PAUSE = 0.1


def job() -> str:
    """A mover's Job by the order in its environment: its result."""
    return encode(perform(task.read(os.environ)))


def maintain(root: str, unique_id: str) -> str:
    """Maintenance of the repository below `root`: what was done."""
    client = session.kopia(Path(root) / "maintenance", "m", DEADLINE, Path(root) / "secret")
    try:
        return maintenance.run(client, Path(root) / "repository", unique_id)
    except KopiaError as error:
        return error.reason


def clock(namespace: str, name: str) -> str:
    """The time that the controller goes by, after it has read one ConfigMap."""

    async def ask() -> str:
        api = Client()
        await api.get(CONFIG_MAP, namespace, name)
        await api.close()
        return api.clock().isoformat()

    try:
        return asyncio.run(ask())
    except ApiError as error:
        return str(error)


def answer(namespace: str, pvc: str) -> str:
    """Decision, snapshot and reason of a pvc-plumber by the settings in its environment."""

    async def ask() -> Answer:
        settings, api = PlumberSettings.from_environment(os.environ), Client()
        catalog = LiveCatalog(
            reader(settings),
            ClusterMemory(api, Metrics()),
            Metrics(),
            refresh=settings.refresh,
            listing_deadline=settings.listing_deadline,
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(kept(catalog))
            async with asyncio.timeout(PATIENCE):
                while not catalog.latest().listing or catalog.latest().memory.read == NEVER:
                    await asyncio.sleep(PAUSE)
            question = Question(claim=Claim(namespace, pvc), arrived=time.monotonic())
            return decide(await catalog.proven(), question, partial(moment, api)())

    made = asyncio.run(ask())
    return f"{made.decision} {made.snapshot.id if made.snapshot else '-'} {made.reason}"


PROGRAMS = {"job": job, "maintain": maintain, "clock": clock, "answer": answer}

if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    print(PROGRAMS[sys.argv[1]](*sys.argv[2:]))
