from contract import labels
from manifests.params import PolicyParams
from manifests.policies import restore_gate

SPEC = restore_gate.policy(PolicyParams())["spec"]


def test_only_the_populators_volumes_are_matched():
    (term,) = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert term == {"key": labels.POPULATOR_PVC_FOR, "operator": "Exists"}
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE"]


def test_every_demand_is_for_our_pvcs_only():
    for validation in SPEC["validations"]:
        assert validation["expression"].startswith("!variables.ours || (")


def test_it_needs_no_answer_from_pvc_plumber():
    assert "http.Get" not in str(SPEC)
