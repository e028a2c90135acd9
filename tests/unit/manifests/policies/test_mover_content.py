from contract.scope import MOVER_ACCOUNT, MOVERS_NAMESPACE, excluded_namespaces
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import mover_content

PARAMS = PolicyParams(excluded=excluded_namespaces(["storage"]))
OBJECTS = mover_content.objects(PARAMS)
SPEC = OBJECTS[0]["spec"]


def test_the_api_server_judges_by_itself():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in SPEC


def test_only_the_mover_is_bounded_and_the_storages_own_controllers_are_not():
    (condition,) = SPEC["matchConditions"]
    assert condition["expression"] == f'request.userInfo.username == "{MOVER_ACCOUNT}"'


def test_a_deletion_is_judged_too():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE", "DELETE"]


def test_of_the_excluded_namespaces_the_movers_own_alone_is_open():
    (variable,) = SPEC["variables"]
    assert '"storage"' in variable["expression"]
    assert f'"{MOVERS_NAMESPACE}"' not in variable["expression"]
