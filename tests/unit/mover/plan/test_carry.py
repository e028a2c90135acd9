from dataclasses import replace

from fakes import builders
from fakes.builders import NOW, PROVEN, message_of
from kube import resource
from mover import names
from mover.model import Create, SnapshotContent, Write
from mover.plan import carry
from mover.plan.carry import Target
from mover.result import decode

OWNER = builders.destination(status=builders.running(), workplace="kopia-movers")
TARGET = Target(namespace="media", name="image", content="media.image", result=PROVEN)
ORIGIN = SnapshotContent(
    **builders.child(OWNER, resource.SNAPSHOT_CONTENT, "snapcontent-1"),
    driver="csi.example",
    handle="at-the-storage",
)


def test_a_snapshot_that_the_storage_has_not_named_is_waited_for() -> None:
    for origin in (None, replace(ORIGIN, handle="")):
        step = carry.step(OWNER, TARGET, origin, None, NOW)
        assert isinstance(step, Write)
        assert "not named" in message_of(step.patch)


def test_the_content_stands_for_the_same_snapshot_and_only_for_the_target() -> None:
    step = carry.step(OWNER, TARGET, replace(ORIGIN, volume_mode="Filesystem"), None, NOW)
    assert isinstance(step, Create)
    assert step.manifest["spec"] == {
        "driver": "csi.example",
        "deletionPolicy": "Retain",
        "source": {"snapshotHandle": "at-the-storage"},
        "sourceVolumeMode": "Filesystem",
        "volumeSnapshotRef": {"namespace": "media", "name": "image"},
    }
    assert "namespace" not in step.manifest["metadata"]


def test_the_snapshot_carries_the_result_and_its_owner_owns_it() -> None:
    step = carry.step(OWNER, TARGET, None, ORIGIN, NOW)
    assert isinstance(step, Create)
    meta = step.manifest["metadata"]
    assert (meta["namespace"], meta["name"]) == ("media", "image")
    assert decode(meta["annotations"][names.RESULT]) == PROVEN
    assert [ref["uid"] for ref in meta["ownerReferences"]] == [OWNER.uid]
    assert step.manifest["spec"]["source"] == {"volumeSnapshotContentName": "media.image"}
