"""Which populator volumes get through: only proven restores of labelled PVCs, and all others'."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from contract import labels, repository, scope
from contract.external import Result
from manifests import volsync
from tests.kyverno import answers
from tests.kyverno.api import Refused, eventually
from tests.kyverno.conftest import PIN
from tests.kyverno.objects import appears, parts, pvc, ref

IMAGE = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "image-1"}
SNAPSHOT = "cafe30"
EARLIER = "00000000-0000-0000-0000-000000000000"


@dataclass
class Scene:
    """A labelled PVC that waits for its restore, and what its destination says."""

    api: Any
    pvc: dict
    destination: dict
    status: dict = field(
        default_factory=lambda: {
            "latestImage": dict(IMAGE),
            "external": {Result.SNAPSHOT: SNAPSHOT, Result.REPOSITORY: PIN},
        }
    )

    def populate(self, *, uid: str = "", image: dict | None = None) -> dict:
        """The CREATE that VolSync's populator sends."""
        self.api.merge(self.destination, {"status": self.status}, "status")
        meta = self.pvc["metadata"]
        name = labels.POPULATOR_PREFIX + (uid or meta["uid"])
        wish = pvc(meta["namespace"], name, tier=None, dataSourceRef=image or IMAGE)
        wish["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: meta["name"]}
        return self.api.create(wish)


@pytest.fixture
def scene(kyverno, namespace) -> Scene:
    kyverno.script.say(namespace, answers.restore(SNAPSHOT))
    live = kyverno.api.create(pvc(namespace))
    return Scene(kyverno.api, live, appears(kyverno.api, parts(namespace)["destination"]))


def test_a_proven_restore_gets_through(scene):
    assert scene.populate()


@pytest.mark.parametrize("field", ["external", "latestImage"])
def test_a_destination_without_proof_is_denied(scene, field):
    del scene.status[field]
    with pytest.raises(Refused, match="is not proven"):
        scene.populate()


@pytest.mark.parametrize("key", [Result.SNAPSHOT, Result.REPOSITORY])
@pytest.mark.parametrize("value", [None, "", "other"])
def test_another_snapshot_or_repository_is_denied(scene, key, value):
    scene.status["external"][key] = value
    if value is None:
        del scene.status["external"][key]
    with pytest.raises(Refused, match=r"pinned repository|asks for snapshot cafe30"):
        scene.populate()


def test_another_image_is_denied(scene):
    with pytest.raises(Refused, match="not made from the restored image"):
        scene.populate(image={**IMAGE, "name": "image-0"})


def test_a_volume_of_an_earlier_pvc_is_denied(scene):
    with pytest.raises(Refused, match="belongs to an earlier PVC"):
        scene.populate(uid=EARLIER)


def test_a_destination_of_an_earlier_pvc_is_denied(scene):
    # It must exist: garbage collection takes away what only a vanished owner holds.
    elder = scene.api.create(pvc(scene.pvc["metadata"]["namespace"], "elder", tier=None))
    owner = {"apiVersion": "v1", "kind": elder["kind"], "name": "elder"}
    owners = [{**owner, "uid": elder["metadata"]["uid"]}]
    scene.api.merge(scene.destination, {"metadata": {"ownerReferences": owners}})
    with pytest.raises(Refused, match="was made for another PVC"):
        scene.populate()


def test_a_destination_of_another_provider_is_denied(scene):
    scene.api.merge(scene.destination, {"spec": {"external": {"provider": "example.org/x"}}})
    with pytest.raises(Refused, match="was made for another PVC"):
        scene.populate()


def test_a_pvc_whose_record_was_removed_is_denied(scene):
    scene.api.merge(scene.pvc, {"metadata": {"annotations": {labels.RESTORE_FROM: None}}})
    with pytest.raises(Refused, match="asks for snapshot"):
        scene.populate()


def test_removing_the_label_opens_no_way_around(scene):
    scene.api.merge(scene.pvc, {"metadata": {"labels": {labels.BACKUP: None}}})
    scene.status["external"][Result.SNAPSHOT] = "other"
    with pytest.raises(Refused, match="asks for snapshot"):
        scene.populate()


def test_without_a_pin_nothing_is_proven(scene):
    pin = ref("v1", "ConfigMap", scope.VOLSYNC_NAMESPACE, repository.PIN_CONFIG_MAP)
    live = scene.api.get(pin)
    scene.api.delete(pin)
    try:
        with pytest.raises(Refused, match="pinned repository"):
            scene.populate()
    finally:
        scene.api.apply({**pin, "data": live["data"]})
    eventually(scene.populate)


def test_a_vanished_pvc_is_denied(kyverno, namespace):
    wish = pvc(namespace, labels.POPULATOR_PREFIX + "1", tier=None, dataSourceRef=IMAGE)
    wish["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: "vanished"}
    with pytest.raises(Refused, match="the PVC is gone"):
        kyverno.api.create(wish)


def test_other_users_of_volsync_are_left_alone(kyverno, namespace):
    source = {"apiGroup": volsync.GROUP, "kind": volsync.DESTINATION, "name": "their-own"}
    live = kyverno.api.create(pvc(namespace, "theirs", tier=None, dataSourceRef=source))
    wish = pvc(namespace, labels.POPULATOR_PREFIX + live["metadata"]["uid"], tier=None)
    wish["spec"]["dataSourceRef"] = IMAGE
    wish["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: "theirs"}
    assert kyverno.api.create(wish)


def test_a_label_added_while_a_foreign_volume_is_awaited_is_denied_its_bind(kyverno, namespace):
    source = {"apiGroup": volsync.GROUP, "kind": volsync.DESTINATION, "name": "their-own"}
    live = kyverno.api.create(pvc(namespace, "theirs", tier=None, dataSourceRef=source))
    kyverno.api.merge(live, {"metadata": {"labels": {labels.BACKUP: "hourly"}}})
    wish = pvc(namespace, labels.POPULATOR_PREFIX + live["metadata"]["uid"], tier=None)
    wish["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: "theirs"}
    with pytest.raises(Refused, match="its dataSourceRef is not theirs-restore"):
        kyverno.api.create(wish)
