from manifests.params import PolicyParams
from manifests.policies import label

SPEC = label.policy(PolicyParams())["spec"]


def test_it_asks_nobody():
    assert "http.Get" not in str(SPEC)
    assert "resource.Get" not in str(SPEC)


def test_wrong_labels_alone_reach_kyverno():
    texts = [condition["expression"] for condition in SPEC["matchConditions"]]
    assert all("variables." not in text for text in texts)
    assert any("oldObject" in text for text in texts)


def test_an_exempt_pvc_is_never_matched():
    terms = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert {"key": "backup", "operator": "NotIn", "values": ["none"]} in terms
