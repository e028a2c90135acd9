import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components.access import account
from contract.scope import VOLSYNC_NAMESPACE
from tests.unit.stack.recording import record

RULE: PolicyRuleArgsDict = {"api_groups": [""], "resources": ["pods"], "verbs": ["get"]}


def _kinds(everywhere=()):
    child = pulumi.ResourceOptions()
    made = record(lambda: account("part", "part", child, here=[RULE], everywhere=everywhere))
    return made, sorted(item.kind for item in made.resources)


def test_an_account_has_rights_in_its_own_namespace_only_unless_told_otherwise():
    made, kinds = _kinds()
    assert kinds == ["Role", "RoleBinding", "ServiceAccount"]
    assert {item.inputs["metadata"]["namespace"] for item in made.resources} == {VOLSYNC_NAMESPACE}


def test_rights_everywhere_are_bound_to_the_same_account():
    made, kinds = _kinds(everywhere=[RULE])
    assert kinds == ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount"]
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        (binding,) = made.of_kind(kind)
        (role,) = made.of_kind(binding.inputs["roleRef"]["kind"])
        assert binding.inputs["roleRef"]["name"] == role.inputs["metadata"]["name"]
        assert binding.inputs["subjects"] == [
            {"kind": "ServiceAccount", "name": "part", "namespace": VOLSYNC_NAMESPACE}
        ]


def test_its_token_is_not_mounted_by_default():
    made, _ = _kinds()
    (service_account,) = made.of_kind("ServiceAccount")
    assert service_account.inputs["automountServiceAccountToken"] is False


def test_an_account_may_live_apart_from_what_it_has_rights_on():
    made = record(
        lambda: account("part", "part", pulumi.ResourceOptions(), here=[RULE], namespace="apart")
    )
    (service_account,) = made.of_kind("ServiceAccount")
    (binding,) = made.of_kind("RoleBinding")
    assert service_account.inputs["metadata"]["namespace"] == "apart"
    assert binding.inputs["metadata"]["namespace"] == VOLSYNC_NAMESPACE
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "name": "part", "namespace": "apart"}
    ]


def test_rights_in_further_namespaces_are_bound_there_and_do_not_reach_beyond():
    opts = pulumi.ResourceOptions()
    made = record(lambda: account("part", "part", opts, here=[RULE], there={"a": [RULE], "b": []}))
    places = {
        kind: {item.inputs["metadata"]["namespace"] for item in made.of_kind(kind)}
        for kind in ("Role", "RoleBinding")
    }
    assert places["Role"] == places["RoleBinding"] == {VOLSYNC_NAMESPACE, "a", "b"}
    assert made.of_kind("ClusterRole") == []
    assert made.one("part-role-a-binding").inputs["subjects"][0]["namespace"] == VOLSYNC_NAMESPACE
