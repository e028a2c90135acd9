"""A restore drill as the cluster runs it: from the CronJob to the record and the metric."""

import json
from collections.abc import Generator
from datetime import UTC, datetime

import pytest

from contract import metrics, scope
from contract.names import Claim
from contract.repository import PIN_CONFIG_MAP, PIN_KEY
from lab.application import Application, get, has_ended, kubectl
from lab.first_turn import first_turn
from lab.polling import wait_until, wait_until_gone
from mover.drill import record
from mover.drill.rounds import Outcome, Proof
from tests.e2e.terminal import terminal
from tests.project.pages.registry import texts_given_to
from tests.project.pages.terminal import Terminal

PVC = "data"
SPACE = ("-n", scope.RESTORE_PROOF)
SERVICE = f"services/{scope.MOVER}:metrics/proxy/metrics"
SHOW, START, FOLLOW, BEGIN_ANEW = texts_given_to(__file__)  # of docs/operations.md
NOW = "drill-now"


@pytest.fixture
def first(deployed: None) -> Generator[Application]:
    """A namespace whose PVCs have the first turn of a new round, whatever else was backed up."""
    with first_turn() as app:
        yield app


def drill(admin: Terminal) -> str:
    """Runs one drill; returns its log."""
    kubectl(*SPACE, "delete", "job", NOW, "--ignore-not-found")
    admin.must(START)
    log = wait_until(f"log of {NOW}", lambda: admin.run(FOLLOW).stdout)
    wait_until(f"end of Job {NOW}", lambda: has_ended(get("job", NOW, scope.RESTORE_PROOF) or {}))
    kubectl(*SPACE, "delete", "job", NOW)
    return log


def proof(claim: Claim) -> Proof:
    """The record's proof of a PVC."""
    pin = get("configmap", PIN_CONFIG_MAP, scope.VOLSYNC_NAMESPACE)
    config_map = get("configmap", scope.RESTORE_PROOF, scope.VOLSYNC_NAMESPACE)
    assert pin
    assert config_map
    return record.read(config_map["data"], pin["data"][PIN_KEY], datetime.now(UTC)).proofs[claim]


def is_shown(claim: Claim) -> bool:
    """Whether the mover shows that a PVC was proven."""
    text = kubectl("get", "--raw", f"/api/v1/namespaces/{scope.VOLSYNC_NAMESPACE}/{SERVICE}")
    series = f'{metrics.RESTORE_PROOF_TIME}{{pvc="{claim.name}",pvc_namespace="{claim.namespace}"}}'
    lines = [line for line in text.splitlines() if line.startswith(series)]
    return [line for line in lines if not line.endswith("NaN")] != []


def scratch_volumes() -> list[dict]:
    return json.loads(kubectl(*SPACE, "get", "pvc", "-o", "json"))["items"]


def test_a_drill_restores_a_backup_records_it_shows_it_and_leaves_no_volume(first, tmp_path):
    admin = terminal(tmp_path)
    _, snapshot = first.protected(PVC)
    admin.must(BEGIN_ANEW)
    log = drill(admin)
    claim = first.claim(PVC)
    assert log.startswith(f"proven: {claim}, snapshot {snapshot}"), log
    proven = proof(claim)
    assert (proven.last.outcome, proven.last.snapshot) == (Outcome.GOOD, snapshot)
    assert proven.last.files > 0
    assert snapshot in admin.must(SHOW)
    wait_until("the metric", lambda: is_shown(claim))
    wait_until_gone("the scratch volume", scratch_volumes)
