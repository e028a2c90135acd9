"""scripts/adopt's look at a real API server on which this system's own policies are in force."""

from collections.abc import Iterator

import pytest

from adopt.cluster import CRDS, GROUPS, Cluster, ClusterError, Kubectl, read
from adopt.conflict import conflicts
from adopt.stack import kinds, settings
from adopt.step import Step
from adopt.volume import volumes
from contract.volsync import API_GROUP
from tests.integration.kyverno.objects import pvc
from tests.integration.kyverno.scene import PIN
from tests.tooling import tool

ACCOUNT = "adopt"
NAMESPACE = "to-adopt"
ROLE = "rbac.authorization.k8s.io"
# What docs/adopt.md asks for, and nothing else.
RIGHTS = [
    {"apiGroups": [""], "resources": ["persistentvolumeclaims", "namespaces", "configmaps"]},
    {"apiGroups": ["apiextensions.k8s.io"], "resources": [CRDS]},
    *({"apiGroups": [group], "resources": list(names)} for group, names in GROUPS.items()),
]


@pytest.fixture(scope="module")
def look(kyverno) -> Iterator[Kubectl]:
    """kubectl as an account that may list, and what an older design has left behind."""
    api = kyverno.api
    config = kyverno.plane.kubeconfig_of(ACCOUNT)
    rules = [{**rule, "verbs": ["list"]} for rule in RIGHTS]
    api.apply(
        {
            "apiVersion": f"{ROLE}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": ACCOUNT},
            "rules": rules,
        }
    )
    api.apply(
        {
            "apiVersion": f"{ROLE}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": ROLE, "kind": "ClusterRole", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "kyverno"}],
        }
    )
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    api.apply(pvc(NAMESPACE, tier=None))
    api.apply(
        {
            "apiVersion": f"{API_GROUP}/v1alpha1",
            "kind": "ReplicationSource",
            "metadata": {"name": "data-volsync", "namespace": NAMESPACE},
            "spec": {"sourcePVC": "data", "trigger": {"schedule": "0 * * * *"}},
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(config))
        yield Kubectl(binary=str(tool("kubectl")))


@pytest.fixture(scope="module")
def cluster(look) -> Cluster:
    return read(look.get)


def test_the_documented_rights_are_enough(cluster):
    assert cluster.pinned == PIN
    assert NAMESPACE in {
        volume.claim.namespace for volume in volumes(cluster.objects["persistentvolumeclaims"])
    }
    assert {"clusterpolicies", "validatingwebhookconfigurations", CRDS} <= set(cluster.objects)


def test_the_only_rival_is_what_upstreams_kinds_left_of_the_forks_object(cluster):
    claims = [item.claim for item in volumes(cluster.objects["persistentvolumeclaims"])]
    leftovers = [
        item for item in conflicts(cluster.objects, claims) if item.namespace in ("", NAMESPACE)
    ]
    assert [(item.step, item.name) for item in leftovers] == [(Step.OBJECTS, "data-volsync")]


def test_kinds_that_helm_did_not_make_are_named(cluster):
    assert {conflict.name.partition(".")[0] for conflict in kinds(cluster.objects)} == {
        "replicationdestinations",
        "replicationsources",
    }


def test_the_namespaces_that_are_there_are_not_made_again(cluster):
    values = {setting.key: setting.value for setting in settings(cluster.objects, PIN)}
    assert values["volsync.createNamespace"] == values["kyverno.createNamespace"] == "false"


def test_a_right_that_is_missing_is_an_error(kyverno, monkeypatch):
    config = kyverno.plane.kubeconfig_of("nobody")
    monkeypatch.setenv("KUBECONFIG", str(config))
    with pytest.raises(ClusterError, match="forbidden"):
        read(Kubectl(binary=str(tool("kubectl"))).get)
