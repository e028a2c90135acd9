"""The whole program under recording mocks: what holds for every resource of a stack."""

from collections import Counter

import pytest

from components.exposure import Exposure
from components.pod import COMMON, NAMESPACE_NAME
from contract.repository import UID
from contract.scope import MOVERS_NAMESPACE, VOLSYNC_NAMESPACE
from manifests.policies import movers_namespace
from tests.unit.stack.recording import HIDDEN, PROJECT, STACK, record_program
from tests.unit.stack.stacks import ROOT, TOKEN, minimal, stack

# The pods that talk to the API server, and so carry a token.
WITH_TOKEN = {
    "audit-deployment",
    "mover-deployment",
    "pvc-plumber-deployment",
    "repository-bootstrap",
    "repository-maintenance",
    "restore-proof-drill",
}


@pytest.fixture(scope="module")
def program():
    """Everything switched on."""
    return record_program(stack(ROOT / "Pulumi.prod.yaml"))


def test_no_two_resources_share_a_name(program):
    names = Counter((item.typ, item.name) for item in program.resources)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_objects_share_a_place_in_the_cluster(program):
    places = Counter(
        (item.kind, meta.get("namespace"), meta["name"])
        for item in program.resources
        if (meta := item.inputs.get("metadata"))
    )
    assert [place for place, count in places.items() if count > 1] == []


def test_every_object_belongs_to_a_component_and_bears_its_name(program):
    components = {item.urn: item.name for item in program.resources if not item.custom}
    for item in program.resources:
        if item.typ.startswith("kubernetes:"):
            assert item.name.startswith(f"{components[item.parent]}-")


def test_every_object_names_the_one_cluster(program):
    provider = program.one("kubernetes")
    assert provider.inputs["clusterIdentifier"] == f"{PROJECT}-{STACK}"
    for item in program.resources:
        if item.typ.startswith("kubernetes:"):
            assert item.provider.startswith(f"{provider.urn}::")


def test_every_object_has_a_name_of_our_choosing(program):
    for item in program.resources:
        if item.typ.startswith("kubernetes:"):
            named = item.inputs if item.kind == "Release" else item.inputs["metadata"]
            assert named["name"]


def test_no_secret_is_registered_or_exported_in_clear(program):
    text = str(program.resources)
    assert TOKEN["secretStoreToken"] not in text
    assert "made-up-password" not in text
    assert HIDDEN in text


def test_only_the_image_and_the_web_pages_are_exported(program):
    assert set(program.exports) == {"image", "auditUrl", "kopiaUiUrl", "kopiaUiPassword"}


def test_every_pod_runs_without_privileges(program):
    assert len(program.pods()) == 7
    for name, pod in program.pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == UID, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is (name in WITH_TOKEN), name
        assert not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")), name
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


def test_nothing_mounts_the_host(program):
    volumes = [volume for pod in program.pods().values() for volume in pod.get("volumes", ())]
    assert volumes
    assert not [volume for volume in volumes if "hostPath" in volume]


def test_every_pod_of_ours_runs_where_the_stack_says_and_the_two_that_pvcs_wait_for_go_first():
    pods = {
        "tolerations": [{"key": "infra", "operator": "Exists"}],
        "nodeSelector": {"infra": "true"},
        "imagePullSecrets": ["registry"],
    }
    made = record_program(minimal(pods=pods, restoreProof={"enabled": True}))
    assert len(made.pods()) == 7
    for name, spec in made.pods().items():
        assert spec["tolerations"] == [{"key": "infra", "operator": "Exists"}], name
        assert spec["nodeSelector"] == {"infra": "true"}, name
        assert spec["imagePullSecrets"] == [{"name": "registry"}], name
    critical = {name for name, spec in made.pods().items() if "priorityClassName" in spec}
    assert critical == {"mover-deployment", "pvc-plumber-deployment"}
    for name in critical:
        assert "priority-class" in made.needs(name)
    values = made.one("kyverno-release").inputs["values"]["admissionController"]
    assert values["imagePullSecrets"] == [{"name": "registry"}]


def _policies_of(program, namespace, labels):
    """Names of the network policies that select a pod with these labels."""
    return {
        policy.name
        for policy in program.of_kind("NetworkPolicy")
        if policy.inputs["metadata"]["namespace"] == namespace
        and policy.inputs["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()
    }


def test_each_pod_has_its_own_network_policy_and_nothing_beside_the_denial(program):
    own = {
        "audit-deployment": "audit-network-policy",
        "kopia-ui-deployment": "kopia-ui-network-policy",
        "mover-deployment": "mover-network-policy",
        "pvc-plumber-deployment": "pvc-plumber-network-policy",
        "repository-bootstrap": "repository-bootstrap-network-policy",
        "repository-maintenance": "repository-maintenance-network-policy",
        "restore-proof-drill": "restore-proof-network-policy",
    }
    assert own.keys() == program.pods().keys()
    for name, policy in own.items():
        item = program.one(name)
        spec = item.inputs["spec"]
        spec = spec["jobTemplate"]["spec"] if item.kind == "CronJob" else spec
        labels = spec["template"]["metadata"]["labels"]
        namespace = item.inputs["metadata"]["namespace"]
        denial = {"denial-network-policy"} if namespace == VOLSYNC_NAMESPACE else set()
        assert _policies_of(program, namespace, labels) == {policy} | denial, name


def test_volsyncs_own_pods_have_a_network_policy_too(program):
    labels = {"app.kubernetes.io/name": "volsync", "control-plane": "volsync-controller"}
    policies = _policies_of(program, VOLSYNC_NAMESPACE, labels)
    assert policies == {"volsync-network-policy", "denial-network-policy"}


def test_each_pod_is_reached_where_it_must_be_and_calls_whom_it_must(program):
    """Port by port, with the namespaces that reach it; "" is anybody."""

    def entries(spec):
        for rule in spec.get("ingress", ()):
            peers = rule.get("from", [{}])
            names = [
                p.get("namespaceSelector", {}).get("matchLabels", {}).get(NAMESPACE_NAME, "")
                for p in peers
            ]
            yield from ((port["port"], tuple(names)) for port in rule["ports"])

    api, monitored = [443, 6443], ("monitoring",)
    expected = {
        "audit-network-policy": ({("http", monitored)}, api),
        "kopia-ui-network-policy": ({("http", ("gateway",))}, []),
        "mover-network-policy": ({("metrics", monitored)}, api),
        "movers-network-policy": (set(), []),
        "pvc-plumber-network-policy": (
            {("http", ("kyverno", "monitoring")), ("webhook", ("",))},
            api,
        ),
        "repository-bootstrap-network-policy": (set(), api),
        "repository-maintenance-network-policy": (set(), api),
        "restore-proof-network-policy": (set(), api),
        "volsync-network-policy": ({(8443, monitored)}, api),
        "denial-network-policy": (set(), []),
    }
    policies = {item.name: item.inputs["spec"] for item in program.of_kind("NetworkPolicy")}
    assert {
        name: (
            set(entries(spec)),
            [port["port"] for port in (spec.get("egress") or [{"ports": []}])[0]["ports"]],
        )
        for name, spec in policies.items()
    } == expected
    assert all(spec["policyTypes"] == ["Ingress", "Egress"] for spec in policies.values())


def test_all_is_denied_only_when_every_pod_has_its_own_policy(program):
    """Else an upgrade would cut off what runs, and one that fails half-way leave it so."""
    own = {
        item.name
        for item in program.of_kind("NetworkPolicy")
        if item.inputs["metadata"]["namespace"] == VOLSYNC_NAMESPACE
    }
    assert own - {"denial-network-policy"} <= program.needs("denial-network-policy")


def test_where_the_namespace_was_there_before_the_pods_of_others_go_on():
    made = record_program(minimal(volsync={"createNamespace": False}))
    policies = [
        item.inputs
        for item in made.of_kind("NetworkPolicy")
        if item.inputs["metadata"]["namespace"] == VOLSYNC_NAMESPACE
    ]
    assert policies
    assert all(policy["spec"]["podSelector"] for policy in policies)


def test_a_service_leads_to_a_port_that_its_pods_have_and_that_their_policy_lets_in(program):
    """A policy that names a port that no container has lets nothing in, silently."""
    named = {
        item.inputs["metadata"]["name"]: {
            port["name"]
            for container in program.pods()[item.name]["containers"]
            for port in container["ports"]
        }
        for item in program.of_kind("Deployment")
    }
    let_in = {
        item.inputs["metadata"]["name"]: {
            port["port"] for rule in item.inputs["spec"]["ingress"] for port in rule["ports"]
        }
        for item in program.of_kind("NetworkPolicy")
    }
    services = program.of_kind("Service")
    assert len(services) == 5
    for item in services:
        (part,) = item.inputs["spec"]["selector"].values()
        targets = {port["targetPort"] for port in item.inputs["spec"]["ports"]}
        assert targets <= named[part] & let_in[part], item.name


def test_jobs_and_pods_start_when_they_may_already_call_whom_they_need(program):
    for name in ("repository-bootstrap", "repository-maintenance"):
        assert f"{name}-network-policy" in program.needs(name)


def test_the_gate_comes_after_everything_that_it_asks(program):
    gate = "backup-policies-volsync-pvc-backup-restore-validatingpolicy"
    assert program.needs(gate) >= {
        "kyverno-release",
        "volsync-release",
        "secret-store-store",
        "repository-bootstrap",
        "mover-deployment",
        "pvc-plumber-deployment",
        "pvc-plumber-service",
    }


def test_nothing_needs_the_policies_so_that_destroy_takes_them_down_first(program):
    policies = {item.name for item in program.resources if item.kind.endswith("Policy")}
    policies -= {item.name for item in program.of_kind("NetworkPolicy")}
    for item in program.resources:
        if not item.name.startswith(("backup-policies", "guards")):
            assert not policies & program.needs(item.name), item.name


def test_the_guards_wait_for_nothing_so_that_an_up_that_ends_half_way_leaves_no_hole(program):
    guards = {item.name for item in program.resources if item.name.startswith("guards-")}
    assert guards
    stack = {item.name for item in program.of_kind("Stack")}
    for name in guards:
        assert program.needs(name) - guards - stack == {"guards"}, name


def test_every_user_of_a_charts_kinds_comes_after_the_chart(program):
    for item in program.resources:
        if item.typ.startswith("kubernetes:policies.kyverno.io"):
            assert "kyverno-release" in program.needs(item.name)


def test_parts_that_are_already_there_are_left_alone():
    existing = {"install": False, "createNamespace": False}
    made = record_program(
        minimal(
            kyverno=existing,
            volsync=existing,
            secretStore={"install": False},
            kopiaUi={"enabled": False},
        )
    )
    kinds = {item.kind for item in made.resources}
    assert not kinds & {"Release", "ClusterSecretStore", "RandomPassword"}
    assert [item.name for item in made.of_kind("Namespace")] == ["movers-namespace"]
    assert {"MutatingPolicy", "Deployment", "Job"} <= kinds


def test_the_mount_is_made_in_one_place():
    injected = record_program(minimal())
    native = record_program(minimal(repository={"server": "s", "path": "/p", "mount": "native"}))
    name = "backup-policies-volsync-nfs-inject-mutatingpolicy"
    assert [item.name for item in injected.resources].count(name) == 1
    assert [item.name for item in native.resources].count(name) == 0
    environment = native.pods()["mover-deployment"]["containers"][0]["env"]
    assert {"name": "MOVER_NFS_SERVER", "value": "s"} in environment


def test_the_drill_is_a_part_that_can_be_left_out():
    made = record_program(minimal())
    assert [item.name for item in made.resources if item.name.startswith("restore-proof-")] == []


def test_the_dashboard_comes_with_its_namespace_and_can_be_left_out(program):
    assert "volsync-namespace" in program.needs("dashboard-config-map")
    made = record_program(minimal())
    assert [item.name for item in made.resources if item.name.startswith("dashboard-")] == []


def test_prod_exposes_the_web_page_by_a_route(program):
    assert stack(ROOT / "Pulumi.prod.yaml")["kopiaUi"]["exposure"] == Exposure.HTTPROUTE
    assert [item.name for item in program.of_kind("HTTPRoute")] == ["kopia-ui-route"]


def test_every_object_says_whose_it_is(program):
    bare = [
        item.name
        for item in program.resources
        if "metadata" in item.inputs
        and not COMMON.items() <= item.inputs["metadata"].get("labels", {}).items()
    ]
    assert bare == []


BESIDE = {"isolation": "namespace"}
APART = {"quota": {"count/jobs.batch": "20"}}


def test_movers_work_with_their_pvcs_only_where_the_stack_says_so():
    made = record_program(minimal(mover=BESIDE))
    assert [item.name for item in made.resources if item.name.startswith("movers-")] == []
    assert MOVERS_NAMESPACE not in {
        item.inputs.get("metadata", {}).get("namespace") for item in made.resources
    }


def test_movers_that_work_apart_start_after_their_namespace_their_secret_and_its_guards():
    made = record_program(minimal(mover=APART))
    assert made.needs("mover-deployment") >= {
        "movers-namespace",
        "movers-secret",
        "movers-network-policy",
        "movers-quota",
        "mover-role-kopia-movers-binding",
    }
    guard = f"guards-{movers_namespace.NAME}-validatingadmissionpolicybinding"
    assert [item.name for item in made.resources].count(guard) == 1


def test_secrets_of_pvcs_are_removed_after_movers_have_stopped_needing_them():
    made = record_program(minimal(mover=APART))
    cleanup = "backup-policies-volsync-orphan-cleanup-deletingpolicy"
    assert made.needs(cleanup) >= {
        "mover-deployment",
        "backup-policies-volsync-pvc-backup-restore-generatingpolicy",
    }


def test_each_mode_has_names_of_its_own_for_what_it_alone_makes():
    """So that moving from one to the other replaces nothing that both have."""
    with_pvcs, apart = (
        {i.name for i in record_program(minimal(mover=m)).resources} for m in (BESIDE, APART)
    )
    assert with_pvcs < apart
