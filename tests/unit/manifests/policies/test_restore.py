from manifests.params import PolicyParams
from manifests.policies import restore

SPEC = restore.policy(PolicyParams())["spec"]


def test_only_a_create_is_touched():
    assert [r["operations"] for r in SPEC["matchConstraints"]["resourceRules"]] == [["CREATE"]]


def test_an_unknown_state_is_left_for_the_gate_to_deny():
    (mutation,) = SPEC["mutations"]
    assert mutation["jsonPatch"]["expression"].startswith("!variables.asOfValid || ")
