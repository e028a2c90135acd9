import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contract.names import Claim
from contract.repository import PIN_CONFIG_MAP
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from fakes.api_server import FakeApiServer
from fakes.builders import NOW, PIN
from kube.resource import CONFIG_MAP
from mover.drill import status
from mover.drill.record import written
from mover.drill.rounds import Outcome, Proof, Record, Trial
from mover.drill.status import DrillStatus, ProofStatus

A, B = Claim("shop", "data"), Claim("media", "photos")
LINE = "20 */6 * * *"
DAY = timedelta(days=1)
PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, RESTORE_PROOF)


@pytest.fixture
def world() -> FakeApiServer:
    made = FakeApiServer()
    made.put(CONFIG_MAP, {"metadata": {"name": RESTORE_PROOF, "namespace": VOLSYNC_NAMESPACE}})
    return made


def look(world: FakeApiServer) -> DrillStatus:
    return asyncio.run(status.look(world, VOLSYNC_NAMESPACE, LINE, "UTC"))


def tell(world: FakeApiServer, record: Record, repository: str = PIN) -> None:
    data: dict[str, Any] = written(record, repository, {})
    world.change(*PLACE, {"data": data})


def test_each_pvc_stands_for_itself(world: FakeApiServer) -> None:
    tell(
        world,
        Record(
            ended=NOW,
            proofs={
                A: Proof(since=NOW - 9 * DAY, proven=NOW, last=Trial(outcome=Outcome.GOOD)),
                B: Proof(since=NOW - 9 * DAY, last=Trial(outcome=Outcome.FAILED, reason="damaged")),
            },
        ),
    )
    assert look(world) == DrillStatus(
        proofs={
            A: ProofStatus(proven=NOW, has_failed=False, is_old=False),
            B: ProofStatus(proven=None, has_failed=True, is_old=True),
        }
    )


def test_what_was_skipped_for_ever_becomes_old_and_is_no_failure(world: FakeApiServer) -> None:
    tell(
        world, Record(ended=NOW, proofs={A: Proof(since=NOW, last=Trial(outcome=Outcome.SKIPPED))})
    )
    assert look(world).proofs[A] == ProofStatus(proven=None, has_failed=False, is_old=False)
    world.tick(86400)
    assert look(world).proofs[A] == ProofStatus(proven=None, has_failed=False, is_old=True)


def test_a_drill_that_never_runs_is_late(world: FakeApiServer) -> None:
    assert look(world) == DrillStatus()
    world.tick(86400)
    assert look(world) == DrillStatus(is_late=True)


def test_a_drill_that_cannot_use_the_repository_has_failed(world: FakeApiServer) -> None:
    tell(world, Record(ended=NOW, problem="the repository's index is missing"))
    assert look(world) == DrillStatus(has_failed=True)


def test_proofs_of_another_repository_are_not_shown(world: FakeApiServer) -> None:
    tell(world, Record(ended=NOW, proofs={A: Proof(since=NOW, proven=NOW)}), "b" * 64)
    assert look(world).proofs == {}


def test_without_a_pin_nothing_is_proven(world: FakeApiServer) -> None:
    tell(world, Record(ended=NOW, proofs={A: Proof(since=NOW, proven=NOW)}))
    del world.objects[CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP]
    assert look(world).proofs == {}


def test_a_record_that_is_damaged_or_gone_is_a_failure(world: FakeApiServer) -> None:
    world.change(*PLACE, {"data": {PIN: "no json"}})
    assert look(world) == DrillStatus(has_failed=True)
    del world.objects[PLACE]
    assert look(world) == DrillStatus(has_failed=True)
