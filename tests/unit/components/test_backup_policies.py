from components._register import WAIT_FOR
from components.backup_policies import IN_FORCE, BackupPolicies, BackupPoliciesArgs
from contract.scope import excluded_namespaces
from manifests.params import PolicyParams
from manifests.rbac import cluster_roles
from manifests.render import all_policies
from tests.unit.components.fixtures import EXPORT, built

PARAMS = PolicyParams(excluded=excluded_namespaces(["storage"]), export=EXPORT)


def _made():
    args = BackupPoliciesArgs(params=PARAMS)
    return built(lambda opts: BackupPolicies("policies", args, opts))


def _policies(made):
    return [item for item in made.resources if "policies.kyverno.io" in item.typ]


def test_every_policy_is_registered_as_it_was_built():
    expected = {(p["kind"], p["metadata"]["name"]): p["spec"] for p in all_policies(PARAMS)}
    made = {(i.kind, i.inputs["metadata"]["name"]): i.inputs["spec"] for i in _policies(_made())}
    assert made == expected


def test_a_policy_counts_as_there_only_when_it_is_in_force():
    waits = {
        policy.kind: policy.inputs["metadata"]["annotations"].get(WAIT_FOR)
        for policy in _policies(_made())
    }
    assert waits.pop("DeletingPolicy") is None  # it never says that it is ready
    assert set(waits.values()) == {IN_FORCE}


def test_every_policy_comes_after_every_permission():
    made = _made()
    roles = {item.name for item in made.of_kind("ClusterRole")}
    assert len(roles) == len(cluster_roles(PARAMS))
    for policy in _policies(made):
        assert roles <= made.needs(policy.name)


def test_the_gate_is_created_last_and_so_destroyed_first():
    made = _made()
    last = all_policies(PARAMS)[-1]
    gate = next(
        item
        for item in _policies(made)
        if (item.kind, item.inputs["metadata"]["name"]) == (last["kind"], last["metadata"]["name"])
    )
    others = {item.name for item in _policies(made)} - {gate.name}
    assert others <= made.needs(gate.name)
    assert gate.kind == "ValidatingPolicy"
