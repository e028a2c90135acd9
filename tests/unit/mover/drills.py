"""Restore drills on a real repository, one after the other."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from contract.environment import RepositorySettings
from contract.names import Claim, identity
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from fakes.api_server import FakeApiServer
from kube.resource import CONFIG_MAP
from mover.drill import operation as drill
from mover.drill import record
from mover.drill.rounds import Proof, Record, Trial
from tests.unit.mover.repository import DEADLINE, Bench

A, B = Claim("media", "photos"), Claim("shop", "data")
PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, RESTORE_PROOF)


class Drills:
    """One drill after the other on one repository, with a new scratch volume each time.

    The state folder stays, as it never does in a pod, so that warm caches are there to be believed.
    """

    def __init__(self, repo: Bench) -> None:
        self.repo, self.world, self.writer = repo, FakeApiServer(), repo.client("writer")
        self.world.now = datetime.now(UTC)  # as the snapshots are dated by a real clock
        self.world.put(
            CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}}
        )
        self.pin(repo.id)
        self.settings = RepositorySettings(
            unique_id="",
            namespace=VOLSYNC_NAMESPACE,
            repository=str(repo.path),
            state=str(repo.root / "drills"),
            deadline=DEADLINE,
        )
        self.scratch = repo.root / "drills" / drill.SCRATCH

    def pin(self, unique: str) -> None:
        self.world.change(
            CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, {"data": {PIN_KEY: unique}}
        )

    def run(self) -> tuple[Claim, Trial] | None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        return self.again()

    def again(self) -> tuple[Claim, Trial] | None:
        api, secret = self.world, self.repo.secret
        return asyncio.run(drill.run(api, self.settings, secret))

    def back_up(self, tree: Path, claim: Claim = A) -> str:
        """The id of a new snapshot, made by one kopia instead of a mover's five."""
        source = f"--override-source={identity(claim)}"
        return json.loads(self.writer.run("snapshot", "create", str(tree), source, "--json"))["id"]

    @property
    def record(self) -> Record:
        return record.read(self.world.objects[PLACE]["data"], self.repo.id, self.world.now)

    def proof(self, claim: Claim) -> Proof:
        return self.record.proofs[claim]
