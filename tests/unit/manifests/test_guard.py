import pytest

from contract.repository import NfsExport
from manifests.cel import literal
from manifests.guard import guard
from manifests.native import POLICY
from manifests.params import PolicyParams
from manifests.render import all_policies

PARAMS = PolicyParams(export=NfsExport(server="192.0.2.1", path="/x"))
GATES = [policy for policy in all_policies(PARAMS) if policy["kind"] == "ValidatingPolicy"]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate["metadata"]["name"])
def test_a_guard_matches_no_less_than_its_gate_and_accepts_its_conditions(gate):
    policy, binding = guard(gate)
    assert policy["kind"] == POLICY
    assert binding["spec"]["paramRef"]["parameterNotFoundAction"] == "Deny"
    spec, judged = policy["spec"], gate["spec"]
    for key in ("namespaceSelector", "resourceRules"):
        assert spec["matchConstraints"][key] == judged["matchConstraints"][key]
    assert spec.get("matchConditions") == judged.get("matchConditions")
    accepted = {v["name"]: v["expression"] for v in spec["variables"]}["conditions"]
    for condition in judged.get("matchConditions", []):
        assert literal(condition["expression"]) in accepted


def test_each_denial_names_the_policy_that_should_have_judged():
    for gate in GATES:
        for validation in guard(gate)[0]["spec"]["validations"]:
            assert gate["metadata"]["name"] in validation["message"]
