"""`mover.isolation: system`: the stack moves to it and back, in namespaces as strict as any."""

import json
from collections.abc import Generator

import pytest

from contract import labels
from contract.scope import MOVERS_NAMESPACE
from lab.application import Application, Tree, kubectl, new_application
from lab.demo import difference
from lab.polling import wait_until, wait_until_gone
from lab.program import UP, configure, forget, lab
from tests.e2e.movers import kill_controller, wait_tidy

PVC, MOVED = "data", "moved"
SETTING = "mover.isolation"
SIDECAR = "story-sidecar"


@pytest.fixture(scope="module")
def moved(deployed: None) -> Generator[tuple[Application, Tree]]:
    """The stack with its movers in their own namespace, and a PVC with a backup from before."""
    with new_application() as app:
        tree, _ = app.protected(MOVED)
        configure(SETTING, "system")
        try:
            lab("pulumi", *UP)
            yield app, tree
        finally:
            forget(SETTING)
            lab("pulumi", *UP)
        # And back: what was backed up in either way is restored in the other.
        _recreate(app, MOVED)
        assert difference(tree, app.files(MOVED)) == []


@pytest.fixture
def app(moved: tuple[Application, Tree]) -> Generator[Application]:
    with new_application() as application:
        yield application


def _recreate(app: Application, pvc: str) -> None:
    app.delete_pvc(pvc)
    app.apply_pvc(pvc, backup="hourly")
    app.wait_bound(pvc)


def left() -> list[str]:
    """Everything of movers outside of applications' namespaces."""
    marks = f"{labels.CREATED_BY}={labels.VOLSYNC},{labels.ROLE}"
    kinds = "jobs,persistentvolumeclaims,volumesnapshots"
    inside = kubectl("-n", MOVERS_NAMESPACE, "get", kinds, "-l", marks, "-o", "name")
    return [*inside.split(), *kubectl("get", CONTENTS, "-l", marks, "-o", "name").split()]


CONTENTS = "volumesnapshotcontents"


def test_a_pvc_of_before_is_backed_up_and_restored(moved):
    app, tree = moved
    newest = app.back_up(MOVED, "apart")["snapshot"]
    wait_tidy(app, MOVED)
    _recreate(app, MOVED)
    assert app.pvc(MOVED)["metadata"]["annotations"][labels.RESTORE_FROM] == newest
    assert difference(tree, app.files(MOVED)) == []


def test_nothing_in_an_application_s_namespace_opens_the_repository(app):
    app.protected(PVC)
    secrets = json.loads(kubectl("-n", app.namespace, "get", "secrets", "-o", "json"))["items"]
    assert secrets == []
    assert app.objects(PVC).keys() == {"replicationsource", "replicationdestination"}


def test_what_a_pvc_that_is_gone_has_left_is_removed_even_when_the_controller_dies(app):
    tree, _ = app.protected(PVC)
    wait_until_gone("temporaries of the backup", left)
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly")
    wait_until("a volume that is being restored", left)
    app.delete_pvc(PVC)
    kill_controller()
    wait_until_gone("what the restore has left", left)
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


STRICT = ("enforce", "audit", "warn")


@pytest.fixture
def strict(app: Application) -> Generator[Application]:
    """A namespace that takes no pod of the mover: levels, quota, limits, network, sidecars."""
    tree, _ = app.protected(PVC)
    app.stop(PVC)
    kubectl("apply", "-f", "-", stdin=json.dumps(_strictness(app.namespace)))
    levels = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in STRICT]
    kubectl("label", "namespace", app.namespace, *levels)
    wait_until("the sidecar's policy", lambda: _is_ready(SIDECAR))
    try:
        yield app
        kubectl(
            "label", "namespace", app.namespace, *(f"{level.split('=')[0]}-" for level in levels)
        )
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
    _recreate(strict, PVC)
    recorded = strict.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM]
    assert recorded == newest
