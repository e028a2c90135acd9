from manifests.params import PolicyParams
from manifests.policies import gate, restore

SPEC = gate.policy(PolicyParams())["spec"]


def test_only_a_create_is_judged_so_a_delete_always_passes():
    assert [r["operations"] for r in SPEC["matchConstraints"]["resourceRules"]] == [["CREATE"]]


def test_nothing_but_who_asks_lets_a_labelled_pvc_around_the_gate():
    """VolSync and the mover make volumes of their own; what a PVC carries is anybody's to write."""
    (condition,) = SPEC["matchConditions"]
    assert "request.userInfo.username" in condition["expression"]
    assert "object." not in condition["expression"]


def test_the_origins_name_is_kept_for_both_parts():
    assert gate.NAME == restore.NAME == "volsync-pvc-backup-restore"


def test_every_denial_says_what_to_do():
    for validation in SPEC["validations"]:
        text = validation["messageExpression"]
        assert any(word in text for word in ("remove", "must be", "Mend", "create it")), text
