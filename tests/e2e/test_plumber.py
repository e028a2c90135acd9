"""pvc-plumber while what it knows changes: replicas, dead storage, another export, a password."""

import json
from typing import Any

import pytest

from contract import answer, labels, repository, scope
from contract.answer import Decision, Field
from contract.ledger import LEDGER
from contract.names import Claim
from lab.application import Application, KubectlError, kubectl
from lab.cluster import secretstore
from lab.demo import difference
from lab.faults.deployment import PLUMBER, scaled
from lab.faults.export import swapped
from lab.polling import wait_until
from lab.program import lab
from tests.e2e.shell import exported

PLACE = ("-n", scope.VOLSYNC_NAMESPACE)
PVC = "data"
SYSTEM = "externalsecret/" + repository.SYSTEM_SECRET


def pods() -> list[str]:
    """The names of pvc-plumber's pods that are not on their way out."""
    selector = f"app.kubernetes.io/name={answer.SERVICE}"
    listing = json.loads(kubectl(*PLACE, "get", "pods", "-l", selector, "-o", "json"))
    live = [p for p in listing["items"] if "deletionTimestamp" not in p["metadata"]]
    return [p["metadata"]["name"] for p in live]


def ask(pod: str, path: str) -> dict[str, Any]:
    """The JSON answer of one pod, whatever its status."""
    script = (
        "import sys, urllib.request, urllib.error\n"
        f"url = 'http://127.0.0.1:{answer.PORT}' + sys.argv[1]\n"
        "try:\n    got = urllib.request.urlopen(url, timeout=15)\n"
        "except urllib.error.HTTPError as error:\n    got = error\n"
        "print(got.read().decode())"
    )
    return json.loads(kubectl(*PLACE, "exec", pod, "--", "python3", "-c", script, path))


def decide(pod: str, claim: Claim, query: str = "") -> dict[str, Any]:
    """The decision of one pod."""
    return ask(pod, answer.decision_path(claim) + query)


def ready() -> bool:
    """Whether every pod says that it can give useful answers."""
    return all("reason" not in ask(pod, answer.READYZ) for pod in pods())


def restarts() -> int:
    """How often containers of pvc-plumber have been restarted."""
    selector = f"app.kubernetes.io/name={answer.SERVICE}"
    path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}"
    text = kubectl(*PLACE, "get", "pods", "-l", selector, "-o", path)
    return sum(int(word) for word in text.split())


def restart() -> None:
    """Deletes every pod at once, so that their memory must come from the cluster."""
    kubectl(*PLACE, "delete", "pod", "-l", f"app.kubernetes.io/name={answer.SERVICE}")
    wait_until("a pvc-plumber that runs", _answers)


def _answers() -> bool:
    try:
        return [ask(pod, answer.LIVEZ) for pod in pods()] == [{"status": "ok"}]
    except (KubectlError, ValueError):  # no container yet, or no process in it
        return False


def test_two_replicas_never_disagree_by_more_than_a_denial_that_a_retry_resolves(app):
    tree, _ = app.protected(PVC)
    with scaled(PLUMBER, 2):
        for cycle in range(2):
            newest = app.back_up(PVC, f"cycle-{cycle}")["snapshot"]
            for pod in pods():
                decision = decide(pod, app.claim(PVC))
                assert (
                    decision[Field.DECISION] == Decision.UNKNOWN
                    or decision[Field.SNAPSHOT] == newest
                )
            app.delete_pvc(PVC)
            kubectl(*PLACE, "delete", "pod", pods()[0], "--wait=false")
            wait_until("a creation that is admitted", lambda: _is_created(app))
            recorded = app.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM]
            assert recorded == newest
            app.wait_bound(PVC)
            assert difference(tree, app.files(PVC)) == []


def _is_created(app: Application) -> bool:
    try:
        app.apply_pvc(PVC, backup="hourly")
    except KubectlError:  # a denial; its wait ends where a retry never resolves it
        return False
    return True


def test_dead_storage_denies_what_is_new_remembers_what_is_not_and_heals_alone(app):
    tree, snapshot = app.protected(PVC)
    app.delete_pvc(PVC)
    before = restarts()
    for pod in pods():  # it has heard of the backup; now it has seen it in the repository, too
        assert decide(pod, app.claim(PVC))[Field.DECISION] == Decision.RESTORE
    lab("stop", "ganesha")
    try:
        with pytest.raises(KubectlError, match="backup state of PVC new is unknown"):
            app.apply_pvc("new", backup="hourly")
        app.apply_pvc("plain")
        app.apply_pvc(PVC, backup="hourly")
        assert app.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM] == snapshot
        for pod in pods():
            assert ask(pod, answer.LIVEZ) == {"status": "ok"}
    finally:
        lab("up")
    wait_until("a pvc-plumber that is ready", ready)
    app.apply_pvc("new", backup="hourly")
    app.wait_bound("new")
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []
    assert restarts() == before


def test_an_export_swapped_for_an_empty_one_binds_nothing_even_after_a_restart(app):
    tree, snapshot = app.protected(PVC)
    app.delete_pvc(PVC)
    with swapped():
        restart()
        for pvc in (PVC, "new"):
            with pytest.raises(KubectlError, match="is unknown"):
                app.apply_pvc(pvc, backup="hourly")
            assert app.pvc(pvc) is None
    wait_until("a pvc-plumber that is ready", ready)
    app.apply_pvc(PVC, backup="hourly")
    assert app.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM] == snapshot
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


FORGET = """
kopia repository connect filesystem --path "$PWD" --cache-directory /state/cache
kopia snapshot delete {snapshot} --delete
"""


def test_deleted_backups_are_missed_after_a_restart_until_somebody_lets_them_go(app):
    _, snapshot = app.protected(PVC)
    shards = (*PLACE, "get", "configmap", "-l", f"{labels.MANAGED_BY}={LEDGER}", "-o", "yaml")
    wait_until("the snapshot in the ledger", lambda: snapshot in kubectl(*shards))
    with exported() as shell:
        app.delete_pvc(PVC)
        shell(FORGET.format(snapshot=snapshot))
    restart()
    wait_until("a pvc-plumber that is ready", ready)
    with pytest.raises(KubectlError, match=snapshot):
        app.apply_pvc(PVC, backup="hourly")
    app.apply_pvc(PVC, backup="hourly", annotations={labels.START_EMPTY: snapshot})
    app.wait_bound(PVC)
    assert app.files(PVC) == {}


ROTATE = """
kopia repository connect filesystem --path "$PWD" --cache-directory /state/cache
kopia repository change-password --new-password '{password}'
"""


def test_a_rotated_password_is_unknown_until_the_secret_follows(app):
    app.protected(PVC)
    data = json.loads(secretstore.DATA.read_text())
    item = data["vaults"][secretstore.VAULT][repository.SECRET_ITEM]
    item[repository.SECRET_FIELD] += "-rotated"
    with exported() as shell:
        shell(ROTATE.format(password=item[repository.SECRET_FIELD]))
    secretstore.DATA.write_text(json.dumps(data, indent=1))
    (pod,) = pods()
    never = Claim(app.namespace, "never-seen")
    decision = decide(pod, never)
    assert (decision[Field.DECISION], decision[Field.REASON]) == (
        Decision.UNKNOWN,
        "wrong repository password",
    )
    for place in (scope.VOLSYNC_NAMESPACE, scope.MOVERS_NAMESPACE):
        words = ("annotate", SYSTEM, f"force-sync={app.namespace}", "--overwrite")
        kubectl("-n", place, *words)
    wait_until(
        "a pvc-plumber that knows the new password", lambda: ready() and is_fresh(pod, never)
    )
    app.protected("new")


def is_fresh(pod: str, claim: Claim) -> bool:
    """Whether a pod is sure that there is no backup."""
    return decide(pod, claim)[Field.DECISION] == Decision.FRESH
