from manifests.params import PolicyParams
from manifests.policies import bind_gate

SPEC = bind_gate.policy(PolicyParams())["spec"]


def test_only_updates_are_judged():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["UPDATE"]
    assert rule["resources"] == ["persistentvolumeclaims"]


def test_a_label_that_was_taken_away_opens_no_way_around():
    assert "objectSelector" not in SPEC["matchConstraints"]


def test_the_api_server_can_tell_by_itself_that_an_update_binds_nothing():
    texts = [condition["expression"] for condition in SPEC["matchConditions"]]
    assert all("variables." not in text and "Get(" not in text for text in texts)
    assert any("oldObject.spec.volumeName" in text for text in texts)
