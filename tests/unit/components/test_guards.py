from components.guards import Guards, GuardsArgs
from contract.scope import excluded_namespaces
from manifests.native import BINDING
from manifests.params import PolicyParams
from manifests.render import native_policies
from tests.unit.components.fixtures import EXPORT, built

PARAMS = PolicyParams(excluded=excluded_namespaces(["storage"]), export=EXPORT)


def _made():
    return built(lambda opts: Guards("guards", GuardsArgs(params=PARAMS), opts))


def test_native_policies_are_registered_as_they_were_built():
    expected = {(g["kind"], g["metadata"]["name"]): g["spec"] for g in native_policies(PARAMS)}
    policies = [item for item in _made().resources if "admissionregistration" in item.typ]
    assert {(i.kind, i.inputs["metadata"]["name"]): i.inputs["spec"] for i in policies} == expected


def test_a_binding_waits_for_its_policy_and_for_nothing_else():
    made = _made()
    for binding in made.of_kind(BINDING):
        name = binding.inputs["spec"]["policyName"]
        policies = [made.one(one) for one in made.needs(binding.name) if one.startswith("guards-")]
        assert [policy.inputs["metadata"]["name"] for policy in policies] == [name]
