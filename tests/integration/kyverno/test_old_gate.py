"""While the origin's kind of gate and ours are both in force: nothing binds that one would stop.

The old policy is written after what its design document says it does, in the old kind of Kyverno.
"""

import json
from collections.abc import Iterator

import pytest

from contract.labels import BACKUP
from contract.names import Claim, destination_name
from contract.schedule import TIERS
from manifests import volsync
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.objects import pvc

NAMESPACE = "both-gates"
OLD_TARGET = "{{ request.object.metadata.name }}-backup"


def _asked(url: str, path: str) -> list[dict]:
    call = {"method": "GET", "service": {"url": f"{url}{path}"}}
    return [{"name": "answer", "apiCall": call}]


def _old_gate(url: str) -> dict:
    resources = {
        "kinds": ["PersistentVolumeClaim"],
        "namespaces": [NAMESPACE],
        "operations": ["CREATE"],
        "selector": {"matchExpressions": [{"key": BACKUP, "operator": "In", "values": [*TIERS]}]},
    }
    match = {"any": [{"resources": resources}]}
    # The old service's answers have a place of their own in the script.
    ready = {
        "name": "ready",
        "match": match,
        "context": _asked(url, "/v1/decision/old-ready"),
        "validate": {
            "message": "pvc-plumber is not ready",
            "deny": {
                "conditions": {
                    "all": [{"key": "{{ answer.ready }}", "operator": "NotEquals", "value": True}]
                }
            },
        },
    }
    reference = {"apiGroup": volsync.GROUP, "kind": volsync.DESTINATION, "name": OLD_TARGET}
    restore = {
        "name": "restore",
        "match": match,
        "context": _asked(url, "/v1/decision/old-exists"),
        "preconditions": {
            "all": [{"key": "{{ answer.exists }}", "operator": "Equals", "value": True}]
        },
        "mutate": {"patchStrategicMerge": {"spec": {"dataSourceRef": reference}}},
    }
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": "old-pvc-backup-restore"},
        "spec": {
            "validationFailureAction": "Enforce",
            "background": False,
            "rules": [restore, ready],
        },
    }


def _says(word: str, value: bool) -> tuple[int, bytes]:
    return 200, json.dumps({word: value}).encode()


@pytest.fixture(scope="module")
def old_gate(kyverno) -> Iterator[dict]:
    """In force beside ours, for one namespace."""
    api = kyverno.api
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    _gates(kyverno, ready=False, exists=False, decision=answers.fresh())
    policy = _old_gate(kyverno.script.url)
    api.apply(policy)
    numbers = iter(range(1000))

    def denies() -> bool:
        try:
            api.create(pvc(NAMESPACE, f"probe-{next(numbers)}"))
        except Refused as refused:
            return "pvc-plumber is not ready" in str(refused)
        return False

    eventually(denies, 60)
    yield policy
    api.delete(policy)


def _gates(kyverno, *, ready: bool = True, exists: bool, decision: tuple[int, bytes]) -> None:
    kyverno.script.set_answers("old-ready", _says("ready", ready))
    kyverno.script.set_answers("old-exists", _says("exists", exists))
    kyverno.script.set_answers(NAMESPACE, decision)


def test_a_pvc_that_both_call_fresh_is_made(kyverno, old_gate):
    _gates(kyverno, exists=False, decision=answers.fresh())
    live = kyverno.api.create(pvc(NAMESPACE, "fresh"))
    assert "dataSourceRef" not in live["spec"]


def test_the_old_gate_still_denies(kyverno, old_gate):
    _gates(kyverno, ready=False, exists=False, decision=answers.fresh())
    with pytest.raises(Refused, match="pvc-plumber is not ready"):
        kyverno.api.create(pvc(NAMESPACE, "not-ready"))


def test_what_the_old_design_would_let_bind_empty_the_new_gate_denies(kyverno, old_gate):
    _gates(kyverno, exists=False, decision=answers.unknown("the repository cannot be read"))
    with pytest.raises(Refused, match="the repository cannot be read"):
        kyverno.api.create(pvc(NAMESPACE, "unknown"))


def test_a_pvc_that_only_the_old_gate_would_restore_is_denied_not_left_waiting(kyverno, old_gate):
    for decision in (answers.restore(), answers.fresh()):
        _gates(kyverno, exists=True, decision=decision)
        with pytest.raises(Refused, match="volsync-pvc-backup-restore"):
            kyverno.api.create(pvc(NAMESPACE, "restored"))


def test_a_backup_that_only_the_new_gate_knows_is_restored(kyverno, old_gate):
    _gates(kyverno, exists=False, decision=answers.restore())
    live = kyverno.api.create(pvc(NAMESPACE, "known"))
    assert live["spec"]["dataSourceRef"]["name"] == destination_name(Claim(NAMESPACE, "known"))


def test_once_the_old_gate_is_gone_the_new_one_alone_restores(kyverno, old_gate):
    kyverno.api.delete(old_gate)
    _gates(kyverno, ready=False, exists=True, decision=answers.restore())
    numbers = iter(range(1000))

    def restored() -> bool:
        name = f"after-{next(numbers)}"
        try:
            live = kyverno.api.create(pvc(NAMESPACE, name))
        except Refused:
            return False
        return live["spec"]["dataSourceRef"]["name"] == destination_name(Claim(NAMESPACE, name))

    eventually(restored, 60)
