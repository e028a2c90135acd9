"""What the API server denies by itself while it has nobody to ask: Kyverno at zero, no webhooks."""

import json
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from contract.labels import BACKUP
from contract.scope import KYVERNO_NAMESPACE, KYVERNO_WEBHOOKS
from manifests.guard import BOOTSTRAP, FAILS_CLOSED
from manifests.native import BINDING
from manifests.policies import gate
from manifests.render import native_policies
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Api, Refused, eventually
from tests.integration.kyverno.conftest import EXCLUDED
from tests.integration.kyverno.objects import bind, pvc, ref
from tests.integration.kyverno.scene import Scene

WEBHOOKS = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": KYVERNO_WEBHOOKS},
}
UNJUDGED = "Kyverno does not judge this"
NARROWED = "Kyverno is not asked about this"
PASSED = "failed calling webhook"  # the guard is content, and nobody answers


def is_admitted(api: Api, manifest: dict) -> bool:
    return _passes(lambda: api.create(manifest, dry_run=True))


def _is_denied(api: Api, obj: dict, patch: dict) -> bool:
    return not _passes(lambda: api.merge(obj, patch, dry_run=True))


def _passes(call: Callable[[], object]) -> bool:
    try:
        return bool(call())
    except Refused:
        return False


def _refusal(call: Callable[[], object]) -> str:
    """Why it is denied. A call that passes is a failure at once: nothing may slip through."""
    with pytest.raises(Refused) as refused:
        call()
    return str(refused.value)


@pytest.fixture(params=["gone", "empty"])
def unjudged(kyverno, request: pytest.FixtureRequest, namespace: str) -> Iterator[str]:
    """Kyverno stopped, and its webhooks taken down as it does when it is scaled to zero."""
    kyverno.script.set_answers(namespace, answers.fresh())
    with _unjudged(kyverno, keeps=request.param == "empty"):
        yield namespace
    eventually(lambda: is_admitted(kyverno.api, pvc(namespace, "afterwards")), 60)


@contextmanager
def _unjudged(kyverno, *, keeps: bool) -> Generator[None]:
    kyverno.admission.send_signal(signal.SIGSTOP)
    mutating = {**WEBHOOKS, "kind": "MutatingWebhookConfiguration"}
    mutating["metadata"] = {"name": KYVERNO_WEBHOOKS.replace("validating", "mutating")}
    try:
        kyverno.api.delete(mutating)
        if keeps:
            kyverno.api.merge(WEBHOOKS, {"webhooks": []})
        else:
            kyverno.api.delete(WEBHOOKS)
        yield
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)


def test_a_labelled_pvc_is_denied_and_every_other_one_is_created(kyverno, unjudged):
    eventually(lambda: not is_admitted(kyverno.api, pvc(unjudged)))
    with pytest.raises(Refused, match=UNJUDGED if _there(kyverno) else "no params found"):
        kyverno.api.create(pvc(unjudged))
    kyverno.api.create(pvc(unjudged, "plain", tier=None))
    kyverno.api.create(pvc(unjudged, "exempt", tier="none"))


def _there(kyverno) -> bool:
    return kyverno.api.get(WEBHOOKS) is not None


def test_the_volume_of_a_populator_is_denied(kyverno, scene: Scene):
    scene.restored()
    with _unjudged(kyverno, keeps=False):
        # Until the API server has noticed, it asks the webhook, which does not answer.
        eventually(lambda: "no params found" in _refusal(scene.prime), 60)
    eventually(lambda: is_admitted(kyverno.api, pvc(scene.namespace, "afterwards")), 60)


def test_a_stranger_is_not_bound_to_a_pvc_that_waits_for_its_restore(kyverno, scene: Scene):
    scene.restored()
    volume = scene.api.create(scene.volume("stranger"))
    with _unjudged(kyverno, keeps=True):
        bound = {"spec": {"volumeName": volume["metadata"]["name"]}}
        eventually(lambda: _is_denied(kyverno.api, scene.pvc, bound))
        with pytest.raises(Refused, match=UNJUDGED):
            scene.bind(volume)
        # As long as the webhooks are there, whatever is in them, nothing but the bind waits.
        kyverno.api.merge(scene.pvc, {"metadata": {"annotations": {"touched": "yes"}}})
    eventually(lambda: is_admitted(kyverno.api, pvc(scene.namespace, "afterwards")), 60)


def test_without_webhooks_updates_of_labelled_pvcs_wait_and_no_other(kyverno, scene: Scene):
    scene.restored()
    plain = kyverno.api.create(pvc(scene.namespace, "plain", tier=None))
    volume = scene.api.create(scene.volume("stranger"))
    with _unjudged(kyverno, keeps=False):
        unlabelled = {"metadata": {"labels": {BACKUP: None}}}
        eventually(lambda: _is_denied(kyverno.api, scene.pvc, unlabelled))
        with pytest.raises(Refused, match="no params found"):
            scene.bind(volume)
        kyverno.api.merge(plain, {"metadata": {"labels": {"app": "x"}}})
        bind(kyverno.api, plain)
        # Status, deletion: the finalizer goes once Kyverno is back.
        kyverno.api.delete(scene.pvc)
    eventually(lambda: kyverno.api.get(scene.pvc) is None, 60)


def test_guards_that_were_taken_away_and_put_back_guard_again(kyverno, unjudged):
    """The API server stops watching what only they needed, and may not begin again."""
    bindings = [obj for obj in native_policies(kyverno.params) if obj["kind"] == BINDING]
    for binding in bindings:
        kyverno.api.delete(binding)
    eventually(lambda: is_admitted(kyverno.api, pvc(unjudged)))
    time.sleep(3)  # it looks once a second whether it needs what it watches
    for binding in bindings:
        kyverno.api.apply(binding)
    eventually(lambda: not is_admitted(kyverno.api, pvc(unjudged)))
    register(kyverno, _webhook())
    eventually(lambda: PASSED in _refusal(lambda: kyverno.api.create(pvc(unjudged))))
    kyverno.api.merge(WEBHOOKS, {"webhooks": []})
    eventually(lambda: UNJUDGED in _refusal(lambda: kyverno.api.create(pvc(unjudged))))


def register(kyverno, webhook: dict) -> None:
    kyverno.api.apply({**WEBHOOKS, "webhooks": [webhook]})


def _webhook(**changes: object) -> dict:
    """What Kyverno registers for the policy of all creations, except that nobody answers there."""
    return {
        "name": f"{FAILS_CLOSED}-finegrained-{gate.NAME}",
        "clientConfig": {"url": "https://127.0.0.1:1/none"},
        "rules": [_rule()],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **changes,
    }


def _rule(operation: str = "CREATE", resource: str = "persistentvolumeclaims") -> dict:
    core = {"apiGroups": [""], "apiVersions": ["v1"]}
    return {**core, "operations": [operation], "resources": [resource]}


def selector(key: str, operator: str, *values: str) -> dict:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


TIER_SELECTOR = selector(BACKUP, "In", "hourly", "daily")
BY_NAME = "kubernetes.io/metadata.name"
NODES = "request.resource.resource != 'nodes'"


@pytest.mark.parametrize(
    "changes",
    [
        {"failurePolicy": "Ignore"},
        {"rules": [_rule("UPDATE")]},
        {"rules": [_rule(resource="pods")]},
        {"matchConditions": [{"name": "mine", "expression": "request.name != 'data'"}]},
        {"objectSelector": {"matchLabels": {"team": "a"}}},
        {"objectSelector": selector("kyverno-ignore", "Exists")},
        {"objectSelector": selector("kyverno-ignore", "In", "no")},
        {"objectSelector": selector(BACKUP, "DoesNotExist")},
        {"objectSelector": selector(BACKUP, "NotIn", "hourly")},
        {"namespaceSelector": {"matchLabels": {"kyverno": "on"}}},
        {"namespaceSelector": selector(BY_NAME, "In", "another")},
        {"namespaceSelector": selector(BY_NAME, "DoesNotExist")},
    ],
    ids=str,
)
@pytest.mark.parametrize("unjudged", ["empty"], indirect=True)
def test_a_webhook_that_is_not_called_for_this_pvc_counts_for_nothing(kyverno, unjudged, changes):
    register(kyverno, _webhook(**changes))
    eventually(lambda: NARROWED in _refusal(lambda: kyverno.api.create(pvc(unjudged))))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"objectSelector": TIER_SELECTOR},
        {"objectSelector": selector("kyverno-ignore", "DoesNotExist")},
        {"objectSelector": selector("kyverno-ignore", "NotIn", "yes")},
        {"objectSelector": {"matchLabels": {BACKUP: "hourly"}}},
        {"namespaceSelector": selector(BY_NAME, "NotIn", "kube-system", EXCLUDED)},
        {"namespaceSelector": selector(BY_NAME, "Exists")},
        {"matchConditions": [{"name": BOOTSTRAP, "expression": NODES}]},
        {"rules": [_rule("UPDATE"), _rule()]},
    ],
    ids=str,
)
@pytest.mark.parametrize("unjudged", ["empty"], indirect=True)
def test_a_webhook_that_is_called_for_this_pvc_counts(kyverno, unjudged, changes):
    register(kyverno, _webhook(**changes))
    eventually(lambda: PASSED in _refusal(lambda: kyverno.api.create(pvc(unjudged))))


@pytest.fixture
def narrowed_by_hand(kyverno) -> Iterator[None]:
    """Kyverno's ConfigMap as a site writes it: objects with this label are none of its business."""
    config = ref("v1", "ConfigMap", KYVERNO_NAMESPACE, "kyverno")
    webhooks = json.dumps({"objectSelector": selector("kyverno-ignore", "DoesNotExist")})
    kyverno.api.merge(config, {"data": {"webhooks": webhooks}})
    yield
    kyverno.api.merge(config, {"data": {"webhooks": None}})


@pytest.mark.usefixtures("narrowed_by_hand")
def test_what_a_site_keeps_from_kyverno_is_denied_and_the_rest_goes_on(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    hidden = pvc(namespace)
    hidden["metadata"]["labels"]["kyverno-ignore"] = "yes"
    eventually(lambda: not is_admitted(kyverno.api, hidden))
    assert NARROWED in _refusal(lambda: kyverno.api.create(hidden))
    assert kyverno.api.create(pvc(namespace), dry_run=True)


def test_the_api_server_stores_what_was_written(kyverno):
    for obj in native_policies(kyverno.params):
        stored = kyverno.api.get(obj)
        assert stored
        assert {key: stored["spec"][key] for key in obj["spec"]} == obj["spec"]
        assert not (stored.get("status", {}).get("typeChecking") or {}).get("expressionWarnings")
