from contract.labels import ROLE
from contract.repository import NfsExport
from contract.scope import MOVERS_NAMESPACE, VOLSYNC_NAMESPACE
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import export
from manifests.render import native_policies

POLICY_OBJECT, _ = OBJECTS = export.objects(NfsExport("nas", "/backup/"))
MATCH = POLICY_OBJECT["spec"]["matchConstraints"]


def test_the_api_server_judges_by_itself():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in POLICY_OBJECT["spec"]


def test_it_is_in_force_for_every_stack_that_says_where_the_repository_is():
    names = {obj["metadata"]["name"] for obj in native_policies(PolicyParams())}
    assert export.NAME not in names
    known = PolicyParams(repository=NfsExport("nas", "/backup"))
    assert export.NAME in {obj["metadata"]["name"] for obj in native_policies(known)}


def test_only_our_own_namespaces_and_movers_are_left_out():
    (term,) = MATCH["namespaceSelector"]["matchExpressions"]
    assert term["operator"] == "NotIn"
    assert set(term["values"]) == {VOLSYNC_NAMESPACE, MOVERS_NAMESPACE}
    (label,) = MATCH["objectSelector"]["matchExpressions"]
    assert label == {"key": ROLE, "operator": "DoesNotExist"}
