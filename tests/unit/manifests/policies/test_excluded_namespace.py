from contract.scope import excluded_namespaces
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import excluded_namespace

PARAMS = PolicyParams(excluded=excluded_namespaces(["argocd"]))
OBJECTS = excluded_namespace.objects(PARAMS)
SPEC = OBJECTS[0]["spec"]


def test_the_api_server_judges_it_without_asking_anybody():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in SPEC


def test_it_matches_in_the_excluded_namespaces_and_nowhere_else():
    (term,) = SPEC["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    assert (term["operator"], term["values"]) == ("In", list(PARAMS.excluded))


def test_a_pvc_without_a_tier_is_never_matched():
    (term,) = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert term == {"key": "backup", "operator": "In", "values": ["hourly", "daily"]}
