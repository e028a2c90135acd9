import asyncio
from typing import Any

import pytest

from contract.repository import PIN_CONFIG_MAP, SHARED_KEY
from contract.scope import MAINTENANCE, VOLSYNC_NAMESPACE
from contract.times import time_text
from fakes.api_server import FakeApiServer
from fakes.builders import NOW
from kube import resource
from kube.resource import CONFIG_MAP, CRON_JOB
from mover import maintenance_status
from mover.maintenance_status import MaintenanceStatus


@pytest.fixture
def world() -> FakeApiServer:
    made = FakeApiServer()
    meta = {"name": MAINTENANCE, "namespace": VOLSYNC_NAMESPACE}
    made.put(CRON_JOB, {"metadata": meta, "status": {"lastSuccessfulTime": time_text(NOW)}})
    return made


def look(world: FakeApiServer) -> MaintenanceStatus:
    return asyncio.run(maintenance_status.look(world, VOLSYNC_NAMESPACE))


def ran(world: FakeApiServer, name: str, end: str, owner: str = "") -> None:
    cron_job = world.objects[CRON_JOB, VOLSYNC_NAMESPACE, MAINTENANCE]["metadata"]["uid"]
    refs = [{"kind": CRON_JOB, "name": MAINTENANCE, "uid": owner or cron_job}]
    meta: dict[str, Any] = {"name": name, "namespace": VOLSYNC_NAMESPACE, "ownerReferences": refs}
    conditions = [{"type": end, "status": "True"}] if end else []
    world.put(resource.JOB, {"metadata": meta, "status": {"conditions": conditions}})
    world.tick(60)


def test_the_last_run_that_has_ended_decides(world: FakeApiServer) -> None:
    assert look(world) == MaintenanceStatus(success=NOW, failed=False)
    ran(world, "one", "Failed")
    assert look(world).failed
    ran(world, "another", "Failed", owner="another-cron-job")
    ran(world, "two", "")  # still runs
    assert look(world).failed
    ran(world, "three", "Complete")
    assert not look(world).failed


def test_without_a_cron_job_nothing_is_known() -> None:
    assert look(FakeApiServer()) == MaintenanceStatus()


def test_a_repository_that_another_cluster_maintains_is_shared(world: FakeApiServer) -> None:
    for other, is_shared in (("maintenance@two", True), ("", False)):
        change = {"data": {SHARED_KEY: other}}
        world.change(CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP, change)
        assert look(world).is_shared is is_shared
