from components.guards import Guards, GuardsArgs
from contract.admission import CONFIGURATION, KIND
from contract.scope import excluded_namespaces
from manifests.native import BINDING, POLICY
from manifests.params import PolicyParams
from manifests.render import native_policies
from manifests.webhook import configuration
from tests.unit.components.fixtures import EXPORT, built

PARAMS = PolicyParams(excluded=excluded_namespaces(["storage"]), export=EXPORT)


def _made():
    return built(lambda opts: Guards("guards", GuardsArgs(params=PARAMS), opts))


def test_native_policies_are_registered_as_they_were_built():
    expected = {(g["kind"], g["metadata"]["name"]): g["spec"] for g in native_policies(PARAMS)}
    policies = [item for kind in (POLICY, BINDING) for item in _made().of_kind(kind)]
    assert {(i.kind, i.inputs["metadata"]["name"]): i.inputs["spec"] for i in policies} == expected


def test_the_webhook_is_registered_as_it_was_built_and_its_trust_is_left_to_others():
    (webhook,) = _made().of_kind(KIND)
    assert webhook.inputs["webhooks"] == configuration(PARAMS)["webhooks"]
    assert webhook.inputs["metadata"]["name"] == CONFIGURATION


def test_a_binding_waits_for_its_policy_and_for_nothing_else():
    made = _made()
    for binding in made.of_kind(BINDING):
        name = binding.inputs["spec"]["policyName"]
        policies = [made.one(one) for one in made.needs(binding.name) if one.startswith("guards-")]
        assert [policy.inputs["metadata"]["name"] for policy in policies] == [name]
