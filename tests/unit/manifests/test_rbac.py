from typing import Any

import pytest

from contract.environment import Isolation
from contract.repository import PIN_CONFIG_MAP
from manifests import rbac
from manifests.params import PolicyParams


def roles(**changes: Any) -> dict[str, Any]:
    made = rbac.cluster_roles(PolicyParams(**changes))
    return {role["metadata"]["name"].rpartition("kyverno-")[2]: role for role in made}


ROLES = roles(isolation=Isolation.NAMESPACE)
APART = roles()


def verbs(controller: str, resource: str, made: dict[str, Any] = ROLES) -> set[str]:
    rules = made[controller]["rules"]
    return {verb for rule in rules if resource in rule["resources"] for verb in rule["verbs"]}


@pytest.mark.parametrize("controller", ROLES)
def test_each_role_is_aggregated_to_its_controller(controller):
    labels = ROLES[controller]["metadata"]["labels"]
    assert labels == {rbac.AGGREGATE + controller: "true"}


@pytest.mark.parametrize("controller", ROLES)
def test_nobody_may_read_secrets_or_change_pvcs(controller):
    assert verbs(controller, "secrets") == set()
    assert verbs(controller, "persistentvolumeclaims") <= set(rbac.READ)


def test_only_the_background_controller_creates():
    creators = {c for c in ROLES if "create" in verbs(c, "replicationsources")}
    assert creators == {"background-controller"}


def test_the_cleanup_controller_deletes_the_three_kinds_and_no_other():
    deletable = {r for rule in ROLES["cleanup-controller"]["rules"] for r in rule["resources"]}
    deletable = {r for r in deletable if "delete" in verbs("cleanup-controller", r)}
    assert deletable == {"replicationsources", "replicationdestinations", "externalsecrets"}


def test_only_the_bind_gate_looks_at_volumes_and_nobody_lists_or_changes_them():
    verbs_by_controller = {
        controller: verbs(controller, "persistentvolumes") for controller in ROLES
    }
    assert verbs_by_controller.pop("admission-controller") == {"get"}
    assert not any(verbs_by_controller.values())


def test_the_gates_read_the_pin_by_name():
    (pin,) = [
        rule for rule in ROLES["admission-controller"]["rules"] if "configmaps" in rule["resources"]
    ]
    assert (pin["resourceNames"], pin["verbs"]) == ([PIN_CONFIG_MAP], ["get"])


def test_where_no_pvc_has_a_secret_of_its_own_kyverno_makes_none():
    creator, secrets = "background-controller", "externalsecrets"
    assert verbs(creator, secrets, APART) == set()
    assert "create" in verbs(creator, secrets)
    exceptions = roles(in_namespaces=("plain",))
    assert "create" in verbs(creator, secrets, exceptions)


def test_what_movers_of_before_needed_is_removed_once_they_have_ended():
    assert "delete" in verbs("cleanup-controller", "externalsecrets", APART)
    assert verbs("cleanup-controller", "jobs", APART) == set(rbac.READ)
    assert verbs("cleanup-controller", "jobs") == set()
