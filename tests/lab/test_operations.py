"""The commands of docs/operations.md, for a PVC that has come back from its backup."""

from contract.labels import ACCEPT_LOSS
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from lab.application import get, kubectl
from tests.blocks import of
from tests.lab.runbook import Steps

PAGE = "docs/operations.md"


def test_the_commands_of_the_operations_page_do_what_it_says(app, tmp_path):
    _, snapshot = app.protected("data")
    app.delete_pvc("data")
    app.apply_pvc("data", backup="hourly")
    app.wait_bound("data")
    app.start("data")
    places = {"namespace": app.namespace, "pvc": "data", "snapshot": snapshot}
    steps = Steps(of(PAGE, "bash"), tmp_path, places)
    assert snapshot in steps.next()
    try:
        assert steps.next().strip()
    finally:
        kubectl("-n", RESTORE_PROOF, "delete", "job", "drill-now", "--ignore-not-found")
    steps.next()
    kept = get("configmap", RESTORE_PROOF, VOLSYNC_NAMESPACE)
    assert kept
    assert not kept.get("data")
    steps.next()
    assert app.pvc("data")["metadata"]["annotations"][ACCEPT_LOSS] == snapshot
    assert steps.blocks == []
