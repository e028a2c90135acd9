import pytest

from contract.labels import CREATED_BY, MANAGED_BY, PART_OF, PVC, ROLE
from fakes import builders
from fakes.builders import PROVEN, SPACE
from mover import names
from mover.manifest import volume
from mover.result import decode

OWNER = builders.source(status=builders.running(attempts=2))


def test_a_temporary_names_its_owner_and_its_attempt() -> None:
    meta = volume.metadata(OWNER, SPACE, "x")
    assert meta["labels"] == {
        CREATED_BY: "volsync",
        ROLE: "source",
        PVC: "photos",
        PART_OF: "pvc-backup",
        MANAGED_BY: "kopia-mover",
    }
    assert meta["annotations"] == {names.SYNC: names.sync_id(builders.STARTED, 2)}
    (ref,) = meta["ownerReferences"]
    assert (ref["kind"], ref["uid"], ref["controller"]) == ("ReplicationSource", "rs-uid", True)


def test_an_owner_without_a_pvc_gets_no_such_label() -> None:
    assert PVC not in volume.metadata(builders.destination(claim=""), SPACE, "x")["labels"]


def test_a_long_pvc_name_becomes_a_label_value() -> None:
    long = volume.metadata(builders.source(claim="a" * 200), SPACE, "x")["labels"][PVC]
    assert len(long) == 63


def test_an_image_carries_its_result() -> None:
    made = volume.snapshot(OWNER, SPACE, "x", source="v", snapshot_class="", result=PROVEN)
    assert decode(made["metadata"]["annotations"][names.RESULT]) == PROVEN
    assert "volumeSnapshotClassName" not in made["spec"]


def test_the_class_comes_from_the_config() -> None:
    made = volume.snapshot(OWNER, SPACE, "x", source="v", snapshot_class="fast")
    assert made["spec"] == {
        "source": {"persistentVolumeClaimName": "v"},
        "volumeSnapshotClassName": "fast",
    }


def test_a_copy_is_like_its_source_and_never_smaller_than_the_snapshot() -> None:
    taken = builders.taken(OWNER, size="3221225472")
    made = volume.copy_of(OWNER, "x", builders.pvc(), taken)["spec"]
    assert made["resources"]["requests"]["storage"] == "3221225472"
    assert made["storageClassName"] == "fast"
    assert made["accessModes"] == ["ReadWriteOnce"]
    assert made["dataSource"]["name"] == "x"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("1Gi", "1G", "1Gi"), ("0", "5Gi", "5Gi"), ("1024Mi", "1Gi", "1Gi"), ("2Gi", "900Mi", "2Gi")],
)
def test_quantities_are_compared_by_amount(one: str, other: str, expected: str) -> None:
    assert volume.larger(one, other) == expected


@pytest.mark.parametrize(("text", "sound"), [("1Gi", True), ("0", False), ("x", False)])
def test_an_amount_is_a_quantity_above_zero(text: str, sound: bool) -> None:
    assert volume.is_quantity(text) is sound
