from contract import labels
from manifests.cel import Cel
from manifests.policies import owned


def test_an_object_is_labelled_and_owned_by_its_pvc():
    meta = owned.metadata(Cel("x"))
    assert meta["labels"] == {
        labels.MANAGED_BY: labels.KYVERNO,
        labels.PVC: Cel("object.metadata.name"),
    }
    (owner,) = meta["ownerReferences"]
    assert owner["kind"] == "PersistentVolumeClaim"
    assert owner["uid"] == Cel("object.metadata.uid")


def test_a_temporary_volume_is_not_wanted():
    for mark in (
        labels.ROLE,
        labels.POPULATOR_PVC_FOR,
        labels.POPULATOR_PREFIX,
        "volsync.backube/",
    ):
        assert f'"{mark}"' in owned.WANTED


def test_a_pvc_that_goes_away_or_has_no_tier_is_not_wanted():
    for demand in ("!has(object.metadata.deletionTimestamp)", '"backup" in', "<= 63"):
        assert demand in owned.WANTED
