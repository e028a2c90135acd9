"""Movers in a namespace of their own; a running stack moves them beside their PVCs, and back."""

import json
from collections.abc import Generator

import pytest

from contract import labels
from contract.names import secret_name
from contract.repository import SYSTEM_SECRET
from contract.scope import MOVERS_NAMESPACE
from lab.application import Application, KubectlError, get, kubectl
from lab.demo import difference
from lab.faults.tenant import BINDING, USER
from lab.polling import wait_until, wait_until_gone
from lab.program import PACK, STACK, UP, configure, forget, lab
from mover import names
from tests.e2e.movers import kill_controller

PVC, LATER = "data", "later"
MODE = "mover.isolation"
SIDECAR = "story-sidecar"
LEVELS = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "audit", "warn")]
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


def _secret(app: Application, name: str) -> dict | None:
    return get("secret", secret_name(app.claim(name)), app.namespace)


@pytest.fixture(scope="module")
def before(shared: Application) -> tuple[dict, str]:
    """A PVC that was backed up: its tree and its snapshot."""
    return shared.protected(PVC)


def test_the_password_is_in_no_applications_namespace(shared, before):
    assert _secret(shared, PVC) is None
    assert get("externalsecret", secret_name(shared.claim(PVC)), shared.namespace) is None
    assert get("secret", SYSTEM_SECRET, MOVERS_NAMESPACE)


def test_a_backup_goes_on_with_nothing_but_a_snapshot_beside_the_pvc(shared, before):
    # What movers need no more, the namespace need not allow. The application's pod runs already.
    kubectl("label", "namespace", shared.namespace, RESTRICTED)
    try:
        shared.back_up(PVC, "alone")
    finally:
        kubectl("label", "namespace", shared.namespace, RESTRICTED.partition("=")[0] + "-")
    kinds = "jobs,pods,persistentvolumeclaims,secrets"
    ours = ("-l", labels.ROLE, "-o", "name")
    assert kubectl("-n", shared.namespace, "get", kinds, *ours) == ""


def test_a_tenant_with_a_careless_role_binding_runs_nothing_among_the_movers(deployed):
    place = ("-n", MOVERS_NAMESPACE)
    kubectl(*place, "create", "rolebinding", BINDING, "--clusterrole=edit", f"--user={USER}")
    job = ("create", "job", "j", "--image=i:1", "--dry-run=server")
    try:
        with pytest.raises(KubectlError, match="is for the mover's own work"):
            kubectl(*place, f"--as={USER}", *job)
    finally:
        kubectl(*place, "delete", "rolebinding", BINDING)


def _left(app: Application) -> list[str]:
    """Owners in a namespace, by what is theirs where movers work and of the whole cluster."""
    marks = f"{labels.CREATED_BY}={labels.VOLSYNC},{labels.ROLE}"
    kinds = "jobs,persistentvolumeclaims,volumesnapshots"
    inside = kubectl("-n", MOVERS_NAMESPACE, "get", kinds, "-l", marks, "-o", "json")
    contents = kubectl("get", "volumesnapshotcontents", "-l", marks, "-o", "json")
    items = [*json.loads(inside)["items"], *json.loads(contents)["items"]]
    owners = [item["metadata"]["annotations"][names.OWNER] for item in items]
    return [owner for owner in owners if f"/{app.namespace}/" in owner]


def test_what_a_pvc_that_is_gone_has_left_is_removed_even_when_the_controller_dies(app):
    tree, _ = app.protected(PVC)
    wait_until_gone("temporaries of the backup", lambda: _left(app))
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly")
    wait_until("a volume that is being restored", lambda: _left(app))
    app.delete_pvc(PVC)
    kill_controller()
    wait_until_gone("what the restore has left", lambda: _left(app))
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


@pytest.fixture
def strict(app: Application) -> Generator[Application]:
    """A namespace that takes no pod of the mover: levels, quota, limits, network, sidecars."""
    tree, _ = app.protected(PVC)
    app.stop(PVC)
    kubectl("apply", "-f", "-", stdin=json.dumps(_strictness(app.namespace)))
    kubectl("label", "namespace", app.namespace, *LEVELS)
    wait_until("the sidecar's policy", lambda: _is_ready(SIDECAR))
    try:
        yield app
        lifted = [f"{level.partition('=')[0]}-" for level in LEVELS]
        kubectl("label", "namespace", app.namespace, *lifted)
        kubectl("-n", app.namespace, "delete", "resourcequota,limitrange", "--all")
        kubectl("delete", "mutatingpolicy", SIDECAR)
        assert difference(tree, app.files(PVC)) == []
    finally:
        kubectl("delete", "mutatingpolicy", SIDECAR, "--ignore-not-found")


def _is_ready(policy: str) -> bool:
    ready = "jsonpath={.status.conditionStatus.ready}"
    return kubectl("get", "mutatingpolicy", policy, "-o", ready) == "true"


def _strictness(namespace: str) -> dict:
    place = {"name": "strict", "namespace": namespace}
    # One PVC, and the one that VolSync's populator fills for it; pods must name limits.
    hard = {"limits.cpu": "1", "limits.memory": "1Gi", "persistentvolumeclaims": "2", "pods": "1"}
    sidecar = {"name": "mesh", "image": "registry.local/no-such-mesh:1"}
    patch = (
        "[JSONPatch{op: 'add', path: '/spec/containers/-', value: "
        f"Object.spec.containers{{name: '{sidecar['name']}', image: '{sidecar['image']}'}}}}]"
    )
    policy = {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "MutatingPolicy",
        "metadata": {"name": SIDECAR},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
            },
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
        },
    }
    items = [
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": place, "spec": {"hard": hard}},
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": place,
            "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": place,
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        },
        policy,
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def test_a_namespace_that_takes_no_mover_is_backed_up_and_restored(strict):
    newest = strict.back_up(PVC, "strict")["snapshot"]
    strict.delete_pvc(PVC)
    strict.apply_pvc(PVC, backup="hourly")
    strict.wait_bound(PVC)
    recorded = strict.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM]
    assert recorded == newest


def test_nothing_is_left_in_the_movers_namespace_when_they_are_done(deployed):
    kinds = "jobs,persistentvolumeclaims"
    listed = ("-n", MOVERS_NAMESPACE, "get", kinds, "-o", "name")
    wait_until_gone("what movers have left", lambda: kubectl(*listed))


@pytest.fixture(scope="module")
def beside(shared: Application, before: tuple[dict, str]) -> Generator[Application]:
    """The stack after the move; in the end it is moved back."""
    configure(MODE, "namespace")
    try:
        lab("pulumi", *UP)
        yield shared
    finally:
        configure(MODE, "system")  # a key that is there can be removed
        forget(MODE)
        lab("pulumi", *UP)


def test_a_stack_whose_movers_move_beside_their_pvcs_backs_up_and_restores(beside, before):
    tree, _ = before
    assert get("namespace", MOVERS_NAMESPACE) is None
    wait_until(f"the Secret of {PVC}", lambda: _secret(beside, PVC))
    beside.back_up(PVC, "beside")
    beside.delete_pvc(PVC)
    beside.apply_pvc(PVC, backup="hourly")
    assert difference(tree, beside.files(PVC)) == []


def test_back_in_their_own_namespace_they_go_on_and_the_password_leaves(beside, before):
    tree, _ = before
    forget(MODE)
    lab("pulumi", *UP)
    lab("pulumi", "preview", "--expect-no-changes", *STACK, *PACK)
    wait_until_gone(f"the Secret of {PVC}", lambda: _secret(beside, PVC))
    beside.back_up(PVC, "back")
    beside.delete_pvc(PVC)
    beside.apply_pvc(PVC, backup="hourly")
    assert difference(tree, beside.files(PVC)) == []
    beside.protected(LATER)
    assert _secret(beside, LATER) is None
