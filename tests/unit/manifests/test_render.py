import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from contract.environment import Isolation
from contract.repository import NfsExport, PasswordSource
from manifests.params import PolicyParams
from manifests.policies import nfs_inject
from manifests.render import all_policies, kyverno_objects

EXPORT = NfsExport(server="192.0.2.1", path="/x")
POLICIES = all_policies(PolicyParams(export=EXPORT))
IDS = [f"{policy['metadata']['name']}-{policy['kind']}" for policy in POLICIES]
USED = re.compile(r"variables\.([A-Za-z]+)")


def test_the_gate_comes_last_and_what_it_needs_before_it():
    kinds = [policy["kind"] for policy in POLICIES]
    assert kinds[-2:] == ["MutatingPolicy", "ValidatingPolicy"]
    assert POLICIES[-1]["metadata"]["name"] == POLICIES[-2]["metadata"]["name"]


def test_roles_come_before_policies():
    kinds = [obj["kind"] for obj in kyverno_objects(PolicyParams())]
    assert kinds[:4] == ["ClusterRole"] * 4
    assert "ClusterRole" not in kinds[4:]


def test_the_mover_that_mounts_by_itself_needs_no_injection():
    names = {policy["metadata"]["name"] for policy in all_policies(PolicyParams())}
    assert nfs_inject.NAME not in names


def test_names_are_unique_within_a_kind():
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("policy", POLICIES, ids=IDS)
def test_no_variable_is_used_before_it_is_defined(policy):
    defined: set[str] = set()
    spec = dict(policy["spec"])
    for variable in spec.pop("variables"):
        assert set(USED.findall(variable["expression"])) <= defined, variable["name"]
        defined.add(variable["name"])
    assert "variables." not in json.dumps(spec.pop("matchConditions", []))
    assert set(USED.findall(json.dumps(spec))) <= defined


@pytest.mark.parametrize("policy", POLICIES, ids=IDS)
def test_no_variable_is_defined_for_nothing(policy):
    defined = [variable["name"] for variable in policy["spec"]["variables"]]
    assert set(defined) <= set(USED.findall(json.dumps(policy["spec"])))


def strings(value: Any) -> Iterator[str]:
    """Every string inside."""
    if isinstance(value, dict):
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from strings(inner)
    if isinstance(value, str):
        yield value


def test_values_of_the_stack_are_quoted_data():
    hostile = '"+x+"'
    params = PolicyParams(
        isolation=Isolation.NAMESPACE,
        plumber_url="http://" + hostile,
        password=PasswordSource(store=hostile, item=hostile, field=hostile),
        export=NfsExport(server=hostile, path="/" + hostile),
    )
    texts = list(strings(all_policies(params)))
    assert [text for text in texts if hostile in text] == []
    assert (
        len([text for text in texts if "+x+" in text]) == 4
    )  # two URLs, the ExternalSecret, the export
