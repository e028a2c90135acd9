from contract.labels import ROLE
from contract.repository import NfsExport
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.policies import export
from manifests.render import native_policies

POLICY_OBJECT, _ = OBJECTS = export.objects(NfsExport("nas", "/backup/"), ["ours", "theirs"])
MATCH = POLICY_OBJECT["spec"]["matchConstraints"]


def test_the_api_server_judges_by_itself():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in POLICY_OBJECT["spec"]


def test_it_is_in_force_for_every_stack_that_says_where_the_repository_is():
    names = {obj["metadata"]["name"] for obj in native_policies(PolicyParams())}
    assert export.NAME not in names
    known = PolicyParams(repository=NfsExport("nas", "/backup"))
    assert export.NAME in {obj["metadata"]["name"] for obj in native_policies(known)}


def test_only_the_namespaces_that_may_mount_it_and_movers_are_left_out():
    (term,) = MATCH["namespaceSelector"]["matchExpressions"]
    assert term["operator"] == "NotIn"
    assert list(term["values"]) == ["ours", "theirs"]
    (label,) = MATCH["objectSelector"]["matchExpressions"]
    assert label == {"key": ROLE, "operator": "DoesNotExist"}
