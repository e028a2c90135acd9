"""Which populator volumes get through: only proven restores of labelled PVCs, and all others'."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest

from contract import labels, repository, scope
from contract.volsync import StatusKey
from manifests import volsync
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.objects import appears, pvc, ref
from tests.integration.kyverno.scene import IMAGE, PIN, Scene

EARLIER = "00000000-0000-0000-0000-000000000000"
THE_PIN = ref("v1", "ConfigMap", scope.VOLSYNC_NAMESPACE, repository.PIN_CONFIG_MAP)

Fault = Callable[[Scene], AbstractContextManager[None]]


def status_with(key: str, value: str | None) -> Fault:
    """The mover says something else about its restore."""

    @contextmanager
    def fault(scene: Scene) -> Generator[None]:
        right = scene.status["external"][key]
        scene.status["external"][key] = value  # a patch with null removes
        yield
        scene.status["external"][key] = right

    return fault


def unsaid(part: str) -> Fault:
    """The status lacks one of its parts."""

    @contextmanager
    def fault(scene: Scene) -> Generator[None]:
        right, scene.status[part] = scene.status[part], None
        yield
        scene.status[part] = right

    return fault


def imaged(**changes: str) -> Fault:
    """The mover's image is not the one that the populator has used."""

    @contextmanager
    def fault(scene: Scene) -> Generator[None]:
        scene.status["latestImage"] = {**IMAGE, **changes}
        yield
        scene.status["latestImage"] = dict(IMAGE)

    return fault


def pinned(unique_id: str | None) -> Fault:
    """The pin names another repository, or there is none."""

    @contextmanager
    def fault(scene: Scene) -> Generator[None]:
        scene.api.merge(THE_PIN, {"data": {repository.PIN_KEY: unique_id}})
        try:  # every test needs the pin
            yield
        finally:
            scene.api.merge(THE_PIN, {"data": {repository.PIN_KEY: PIN}})

    return fault


@contextmanager
def no_pin(scene: Scene) -> Generator[None]:
    live = appears(scene.api, THE_PIN)
    scene.api.delete(THE_PIN)
    try:
        yield
    finally:
        scene.api.apply({**THE_PIN, "data": live["data"]})


@contextmanager
def owned_by_another(scene: Scene) -> Generator[None]:
    # It must exist: garbage collection takes away what only a vanished owner holds.
    elder = scene.api.create(pvc(scene.namespace, "elder", tier=None))
    owner = {"apiVersion": "v1", "kind": elder["kind"], "name": "elder"}
    owners = [{**owner, "uid": elder["metadata"]["uid"]}]
    right = scene.destination["metadata"]["ownerReferences"]
    scene.api.merge(scene.destination, {"metadata": {"ownerReferences": owners}})
    yield
    scene.api.merge(scene.destination, {"metadata": {"ownerReferences": right}})


@contextmanager
def of_another_provider(scene: Scene) -> Generator[None]:
    right = scene.destination["spec"]["external"]["provider"]
    scene.api.merge(scene.destination, {"spec": {"external": {"provider": "example.org/x"}}})
    yield
    scene.api.merge(scene.destination, {"spec": {"external": {"provider": right}}})


FAULTS: dict[str, tuple[Fault, str]] = {
    "no proof": (unsaid("external"), "pinned repository"),
    "no image": (unsaid("latestImage"), "not made from the restored image"),
    "another snapshot": (
        status_with(StatusKey.SNAPSHOT, "cafe29"),
        "snapshot cafe30, restored was cafe29",
    ),
    "an empty snapshot": (
        status_with(StatusKey.SNAPSHOT, ""),
        "asks for snapshot cafe30, restored was ",
    ),
    "no snapshot": (
        status_with(StatusKey.SNAPSHOT, None),
        "asks for snapshot cafe30, restored was none",
    ),
    "another repository": (status_with(StatusKey.REPOSITORY, "beef"), "pinned repository"),
    "an empty repository": (status_with(StatusKey.REPOSITORY, ""), "pinned repository"),
    "no repository": (status_with(StatusKey.REPOSITORY, None), "pinned repository"),
    "another image": (imaged(name="image-0"), "not made from the restored image"),
    "an image of another kind": (imaged(kind="PersistentVolumeClaim"), "not made from"),
    "an image of another group": (imaged(apiGroup="example.org"), "not made from"),
    "an earlier PVC's destination": (owned_by_another, "was made for another PVC"),
    "another provider": (of_another_provider, "was made for another PVC"),
    "another pinned id": (pinned("beef"), "pinned repository"),
    "an empty pin": (pinned(""), "pinned repository"),
    "a pin without id": (pinned(None), "pinned repository"),
    "no pin": (no_pin, "pinned repository"),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_denied_with_its_reason_until_it_is_mended(scene, fault, reason):
    before = scene.api.get(scene.pvc)["metadata"]["resourceVersion"]
    with fault(scene):
        scene.restored()
        with pytest.raises(Refused, match=reason):
            scene.prime()
    scene.restored()
    assert scene.prime()
    assert scene.api.get(scene.pvc)["metadata"]["resourceVersion"] == before


def test_a_lost_destination_is_denied_until_it_is_made_and_filled_anew(scene):
    scene.api.delete(scene.destination)
    with pytest.raises(Refused, match="is missing or was made for another PVC"):
        scene.prime()
    appears(scene.api, scene.destination)
    with pytest.raises(Refused, match="pinned repository"):
        scene.prime()
    scene.restored()
    assert scene.prime()


def test_a_volume_of_an_earlier_pvc_is_denied(scene):
    scene.restored()
    with pytest.raises(Refused, match="belongs to an earlier PVC"):
        scene.prime(uid=EARLIER)


def test_a_pvc_whose_record_was_removed_is_denied(scene):
    scene.restored()
    scene.api.merge(scene.pvc, {"metadata": {"annotations": {labels.RESTORE_FROM: None}}})
    with pytest.raises(Refused, match="asks for snapshot"):
        scene.prime()


def test_removing_the_label_opens_no_way_around(scene):
    scene.status["external"][StatusKey.SNAPSHOT] = "other"
    scene.restored()
    scene.api.merge(scene.pvc, {"metadata": {"labels": {labels.BACKUP: None}}})
    with pytest.raises(Refused, match="asks for snapshot"):
        scene.prime()


def test_a_vanished_pvc_is_denied(kyverno, namespace):
    manifest = pvc(namespace, labels.POPULATOR_PREFIX + "1", tier=None, dataSourceRef=IMAGE)
    manifest["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: "vanished"}
    with pytest.raises(Refused, match="the PVC is gone"):
        kyverno.api.create(manifest)


def foreign_restore(kyverno, namespace: str) -> tuple[dict, dict]:
    """A PVC that is filled from another VolSync destination, and its populator's volume."""
    source = {"apiGroup": volsync.GROUP, "kind": volsync.DESTINATION, "name": "their-own"}
    live = kyverno.api.create(pvc(namespace, "theirs", tier=None, dataSourceRef=source))
    name = labels.POPULATOR_PREFIX + live["metadata"]["uid"]
    manifest = pvc(namespace, name, tier=None, dataSourceRef=IMAGE)
    manifest["metadata"]["labels"] = {labels.POPULATOR_PVC_FOR: "theirs"}
    return live, manifest


def test_other_users_of_volsync_are_left_alone(kyverno, namespace):
    _, manifest = foreign_restore(kyverno, namespace)
    assert kyverno.api.create(manifest)


def test_a_foreign_volume_is_denied_to_a_pvc_that_asks_for_a_snapshot(kyverno, namespace):
    live, manifest = foreign_restore(kyverno, namespace)
    kyverno.api.merge(live, {"metadata": {"annotations": {labels.RESTORE_FROM: "cafe30"}}})
    with pytest.raises(Refused, match="its dataSourceRef is not theirs-restore"):
        kyverno.api.create(manifest)
