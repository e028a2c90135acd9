"""Which volume a restored PVC may bind to: on the real binder, the one that was filled for it."""

import signal

import pytest

from contract import labels, repository, scope
from contract.volsync import StatusKey
from manifests import volsync
from manifests.policies import bind_gate
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.objects import pvc, ref
from tests.integration.kyverno.scene import IMAGE, Scene, volume, volume_of


@pytest.fixture
def filled(scene: Scene) -> dict:
    """The volume that storage made from the image for the populator's PVC, which has got it."""
    scene.restored()
    prime = scene.prime()
    live = scene.api.create(scene.volume("filled", prime))
    eventually(lambda: volume_of(scene.api, prime))
    return live


def stranger(scene: Scene, **spec) -> dict:
    """A volume that somebody made by hand, free for whoever fits."""
    return scene.api.create(scene.volume("stranger", **spec))


def reserved(scene: Scene, obj: dict) -> bool:
    """Kubernetes reserves a volume first, and then tries to write it into the PVC."""
    claim = (scene.api.get(obj) or {}).get("spec", {}).get("claimRef", {})
    return claim.get("uid") == scene.pvc["metadata"]["uid"]


def test_a_restored_pvc_binds_to_the_volume_that_was_filled_for_it(scene, filled):
    scene.hand_over(filled)
    eventually(lambda: scene.is_bound_to(filled))


def test_a_free_volume_that_fits_is_denied_and_named(scene):
    volume = stranger(scene)
    eventually(lambda: reserved(scene, volume))
    with pytest.raises(Refused, match=bind_gate.NAME):
        scene.bind(volume)
    scene.restored()
    with pytest.raises(Refused, match="stranger was not filled from the restored image"):
        scene.bind(volume)
    assert not volume_of(scene.api, scene.pvc)


def test_the_restored_volume_wins_over_a_stranger_in_the_end(scene, filled):
    volume = stranger(scene)
    eventually(lambda: reserved(scene, volume))
    scene.hand_over(filled)
    # Both are now reserved for the PVC, and the binder tries one after the other.
    eventually(lambda: scene.is_bound_to(filled), 180)


def test_a_volume_reserved_by_hand_is_denied(scene, filled):
    volume = scene.api.create(scene.volume("reserved", scene.pvc))
    with pytest.raises(Refused, match="was not filled from the restored image"):
        scene.bind(volume)


def test_a_stranger_that_the_populators_pvc_has_bound_to_is_denied(scene):
    # So small that only the populator's PVC can take it, whoever comes first.
    scene.restored()
    prime = scene.prime(size="1Mi")
    volume = stranger(scene, capacity={"storage": "1Mi"})
    eventually(lambda: volume_of(scene.api, prime))
    scene.hand_over(volume)
    with pytest.raises(Refused, match="was there before the restore"):
        scene.bind(volume)


def test_a_volume_from_another_image_is_denied(scene, filled):
    scene.status["latestImage"] = {**IMAGE, "name": "image-2"}
    scene.restored()
    with pytest.raises(Refused, match="was not filled from the restored image"):
        scene.bind(filled)


@pytest.mark.parametrize("key", [StatusKey.SNAPSHOT, StatusKey.REPOSITORY])
def test_a_proof_that_has_turned_false_is_denied(scene, filled, key):
    scene.status["external"][key] = "other"
    scene.restored()
    with pytest.raises(Refused, match="is not proven"):
        scene.bind(filled)


def test_a_denied_bind_is_repeated_until_the_cause_is_mended(scene, filled):
    pin = ref("v1", "ConfigMap", scope.VOLSYNC_NAMESPACE, repository.PIN_CONFIG_MAP)
    live = scene.api.get(pin)
    scene.api.delete(pin)
    try:
        with pytest.raises(Refused, match="pinned repository"):
            scene.bind(filled)
        scene.hand_over(filled)
    finally:
        scene.api.apply({**pin, "data": live["data"]})
    eventually(lambda: scene.is_bound_to(filled), 60)


def test_taking_label_and_record_away_opens_no_way_around(scene):
    removed = {"labels": {labels.BACKUP: None}, "annotations": {labels.RESTORE_FROM: None}}
    scene.api.merge(scene.pvc, {"metadata": removed})
    with pytest.raises(Refused, match="is not proven"):
        scene.bind(stranger(scene))


def test_a_fresh_pvc_binds_to_what_fits(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    live = kyverno.api.create(pvc(namespace, storageClassName=namespace))
    kyverno.api.create(volume(namespace + "-any", namespace))
    eventually(lambda: volume_of(kyverno.api, live))


@pytest.mark.parametrize("name", ["their-own", "data-restore"])
def test_other_users_of_volsync_bind_as_they_like(kyverno, namespace, name):
    destination = ref(volsync.API_VERSION, volsync.DESTINATION, namespace, name)
    kyverno.api.create({**destination, "spec": {"external": {"provider": "example.org/x"}}})
    source = {"apiGroup": volsync.GROUP, "kind": volsync.DESTINATION, "name": name}
    live = kyverno.api.create(pvc(namespace, tier=None, dataSourceRef=source))
    kyverno.api.create(volume(namespace + "-any", "fast", live))
    eventually(lambda: volume_of(kyverno.api, live))


def test_while_kyverno_is_down_only_the_bind_of_a_restored_pvc_waits(kyverno, scene, filled):
    plain = kyverno.api.create(pvc(scene.namespace, "plain", tier=None))
    # Without label, so that no change of it waits for the policies that generate.
    scene.api.merge(scene.pvc, {"metadata": {"labels": {labels.BACKUP: None}}})
    kyverno.admission.send_signal(signal.SIGSTOP)
    try:
        kyverno.api.create(volume(scene.namespace + "-any", "fast", plain))
        eventually(lambda: volume_of(kyverno.api, plain))
        with pytest.raises(Refused, match=bind_gate.NAME):
            scene.bind(filled)
        marks = {"labels": {"team": "a"}, "finalizers": ["example.org/x"]}
        scene.api.merge(scene.pvc, {"metadata": {**marks, "annotations": {"team": "a"}}})
        scene.api.merge(scene.pvc, {"metadata": {"finalizers": None}})
        scene.api.delete(scene.pvc)
        eventually(lambda: scene.api.get(scene.pvc) is None)
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)


def test_the_api_server_itself_leaves_every_other_update_alone(kyverno):
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    path += "/kyverno-resource-validating-webhook-cfg"
    (hook,) = [
        hook
        for hook in kyverno.api.call("GET", path)["webhooks"]
        if hook["name"].endswith(bind_gate.NAME)
    ]
    our_conditions = bind_gate.policy(kyverno.params)["spec"]["matchConditions"]
    assert [
        condition for condition in hook["matchConditions"] if condition in our_conditions
    ] == our_conditions
    assert [rule["operations"] for rule in hook["rules"]] == [["UPDATE"]]
