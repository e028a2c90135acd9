from datetime import UTC, datetime, timedelta

import pytest

from bench.idle.scene import Protected
from contract.environment import MoverSettings
from contract.labels import BOUND
from contract.names import Claim, identity
from fakes.audit_scene import taken
from fakes.builders import PIN
from kube import resource
from mover.cluster import parse
from mover.model import ClusterState, DestinationView, SourceView, Wait
from mover.plan import destination, source

CLAIM = Claim("app-3", "data-7")
SETTINGS = MoverSettings(image="registry.example/pvc-backup")
LONGEST = timedelta(hours=10)  # that a measurement may take


@pytest.fixture(params=range(24))
def now(request: pytest.FixtureRequest) -> datetime:
    return datetime(2026, 3, 1, request.param, 59, 30, tzinfo=UTC)


def live(item: dict, status: dict) -> dict:
    """The object as the API server has it."""
    meta = {**item["metadata"], "uid": f"{item['metadata']['name']}-uid", "resourceVersion": "1"}
    return {**item, "metadata": meta, "status": status}


def test_the_controller_has_nothing_to_do_for_a_source_for_hours(now: datetime):
    one = Protected(claim=CLAIM, now=now)
    status = one.source_status(taken(identity(CLAIM), 1, 1), PIN)
    owner = parse.replication(live(one.source("pvc-uid"), status), now, SETTINGS)
    assert owner is not None
    pvc = parse.pvc({**live(one.pvc(), {"phase": BOUND}), "kind": resource.PVC})
    step = source.plan(SourceView(owner=owner, pvc=pvc, cluster=ClusterState()), SETTINGS, now)
    assert isinstance(step, Wait)
    assert step.seconds is not None
    assert step.seconds > LONGEST.total_seconds()


def test_the_controller_has_nothing_to_do_for_a_destination(now: datetime):
    one = Protected(claim=CLAIM, now=now)
    raw = live(one.destination("pvc-uid"), one.destination_status())
    owner = parse.replication(raw, now, SETTINGS)
    assert owner is not None
    view = DestinationView(owner=owner, cluster=ClusterState())
    assert destination.plan(view, SETTINGS, now) == Wait()
