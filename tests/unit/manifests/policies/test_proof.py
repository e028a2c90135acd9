import re

from manifests.params import PolicyParams
from manifests.policies import bind_gate, proof, restore_gate

GATES = [gate.policy(PolicyParams())["spec"] for gate in (restore_gate, bind_gate)]


def test_both_gates_make_every_shared_demand():
    for spec in GATES:
        messages = {validation["messageExpression"] for validation in spec["validations"]}
        assert {"variables.start + " + reason for _, reason in proof.RULES} <= messages


def test_every_demand_is_for_our_pvcs_only():
    for spec in GATES:
        for validation in spec["validations"]:
            assert validation["expression"].startswith("!variables.ours || (")


def test_a_proof_needs_no_answer_from_pvc_plumber():
    assert "http.Get" not in str(GATES)


def test_variables_are_defined_before_they_are_used():
    for spec in GATES:
        defined: set[str] = set()
        for variable in spec["variables"]:
            used = set(re.findall(r"variables\.(\w+)", variable["expression"]))
            assert used <= defined, variable["name"]
            defined.add(variable["name"])
