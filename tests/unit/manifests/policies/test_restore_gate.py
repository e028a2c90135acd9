from contract import labels
from manifests.params import PolicyParams
from manifests.policies import restore_gate

SPEC = restore_gate.policy(PolicyParams())["spec"]


def test_only_the_populators_volumes_are_matched():
    (term,) = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert term == {"key": labels.POPULATOR_PVC_FOR, "operator": "Exists"}
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE"]
