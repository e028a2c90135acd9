from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import label

OBJECTS = label.objects(PolicyParams())
SPEC = OBJECTS[0]["spec"]


def test_the_api_server_judges_it_without_asking_anybody():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in SPEC
    assert "paramRef" not in OBJECTS[1]["spec"]


def test_only_a_change_of_the_label_is_judged():
    texts = [condition["expression"] for condition in SPEC["matchConditions"]]
    assert any("oldObject" in text for text in texts)


def test_an_exempt_pvc_is_never_matched():
    terms = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert {"key": "backup", "operator": "NotIn", "values": ["none"]} in terms
