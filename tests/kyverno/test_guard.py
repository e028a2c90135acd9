"""What the API server denies by itself while it has nobody to ask: Kyverno at zero, no webhooks."""

import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from contract import scope
from contract.scope import KYVERNO_ADMISSION, KYVERNO_WEBHOOKS
from manifests.render import guards
from tests.kyverno import answers
from tests.kyverno.api import Api, Refused, eventually
from tests.kyverno.objects import pvc
from tests.kyverno.scene import Scene

WEBHOOKS = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": KYVERNO_WEBHOOKS},
}
UNJUDGED = "Kyverno does not judge this"


def at_zero() -> dict:
    """Kyverno's deployment as it is after somebody has scaled it to zero."""
    labels = {"app": "kyverno"}
    container = {"name": "kyverno", "image": "none"}
    meta = {"name": KYVERNO_ADMISSION, "namespace": scope.KYVERNO_NAMESPACE}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta,
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def is_admitted(api: Api, wish: dict) -> bool:
    return _passes(lambda: api.create(wish, dry_run=True))


def _is_denied(api: Api, obj: dict, patch: dict) -> bool:
    return not _passes(lambda: api.merge(obj, patch, dry_run=True))


def _passes(call: Callable[[], object]) -> bool:
    try:
        return bool(call())
    except Refused:
        return False


@pytest.fixture(params=["gone", "empty"])
def unjudged(kyverno, request: pytest.FixtureRequest, namespace: str) -> Iterator[str]:
    """Kyverno stopped, and its webhooks taken down as it does when it is scaled to zero."""
    kyverno.script.say(namespace, answers.fresh())
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
    with _unjudged(kyverno, keeps=False), pytest.raises(Refused, match="no params found"):
        scene.prime()
    eventually(lambda: is_admitted(kyverno.api, pvc(scene.namespace, "afterwards")), 60)


def test_with_kyverno_at_zero_no_stranger_is_bound_and_no_label_comes_late(kyverno, scene: Scene):
    scene.restored()
    plain = kyverno.api.create(pvc(scene.namespace, "plain", tier=None))
    found = scene.api.create(scene.volume("stranger"))
    kyverno.api.create(at_zero())
    try:
        with _unjudged(kyverno, keeps=False):
            # The API server notices a moment later what it has just been told of its parameters.
            late = {"metadata": {"labels": {"backup": "hourly"}}}
            eventually(lambda: _is_denied(kyverno.api, plain, late), 20)
            with pytest.raises(Refused, match=UNJUDGED):
                kyverno.api.merge(plain, late)
            bound = {"spec": {"volumeName": found["metadata"]["name"]}}
            eventually(lambda: _is_denied(kyverno.api, scene.pvc, bound), 20)
            with pytest.raises(Refused, match=UNJUDGED):
                scene.bind(found)
            # Everything else goes on, with labelled ones too.
            kyverno.api.merge(scene.pvc, {"metadata": {"annotations": {"touched": "yes"}}})
            kyverno.api.merge(plain, {"metadata": {"labels": {"app": "x"}}})
    finally:
        kyverno.api.delete(at_zero())
    eventually(lambda: is_admitted(kyverno.api, pvc(scene.namespace, "afterwards")), 60)


def test_the_api_server_stores_what_was_written(kyverno):
    for obj in guards(kyverno.params):
        stored = kyverno.api.get(obj)
        assert stored
        assert {key: stored["spec"][key] for key in obj["spec"]} == obj["spec"]
        assert not (stored.get("status", {}).get("typeChecking") or {}).get("expressionWarnings")
