"""The Kopia mover. Without it no backup and no restore starts; a PVC that waits keeps waiting."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components.access import account
from components.deployment import Pods, deployment
from components.monitoring import Monitoring, service_monitor
from components.network import network_policy, service
from components.site import Site
from contract.environment import Isolation, MoverSettings
from contract.repository import PIN_CONFIG_MAP
from contract.scope import MAINTENANCE, MOVER, MOVERS_NAMESPACE, RESTORE_PROOF
from contract.volsync import SNAPSHOT_GROUP
from manifests import external_secrets, volsync

HEALTH = "/healthz"
MEMORY = pod.resources("128Mi", "512Mi")


@dataclass(frozen=True, kw_only=True)
class MoverArgs:
    """The program's settings, and who scrapes its metrics."""

    settings: MoverSettings
    monitoring: Monitoring
    site: Site = field(default_factory=Site)


READ = ["get", "list", "watch"]
TEMPORARY = [*READ, "create", "delete"]
PVCS = "persistentvolumeclaims"
CONTENTS = "volumesnapshotcontents"


def cluster_rules(isolation: Isolation) -> list[PolicyRuleArgsDict]:
    """RBAC rules of the mover in every namespace. It reads no Secret: kubelet mounts them.

    It changes nothing but the status of what others made, and makes and deletes its temporaries.
    A VolumeSnapshot whose deletion is forgotten goes on when it is changed: hence the patch. Which
    VolumeSnapshotContents it may touch, volsync-mover-content says.
    """
    pairs = ["replicationsources", "replicationdestinations"]
    is_apart = isolation is Isolation.SYSTEM
    # Without movers that work apart, there may be some left of those that did.
    contents = [*TEMPORARY, "patch"] if is_apart else [*READ, "delete"]
    volumes: PolicyRuleArgsDict = {"api_groups": [""], "resources": [PVCS], "verbs": READ}
    return [
        {"api_groups": [volsync.GROUP], "resources": pairs, "verbs": READ},
        {
            "api_groups": [volsync.GROUP],
            "resources": [f"{kind}/status" for kind in pairs],
            "verbs": ["patch"],
        },
        {
            "api_groups": [SNAPSHOT_GROUP],
            "resources": ["volumesnapshots"],
            "verbs": [*TEMPORARY, "patch"],
        },
        {"api_groups": [SNAPSHOT_GROUP], "resources": [CONTENTS], "verbs": contents},
        {"api_groups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"api_groups": [""], "resources": ["namespaces"], "verbs": ["get"]},
        {"api_groups": [""], "resources": ["nodes"], "verbs": ["list"]},
        {"api_groups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": ["get"]},
        {"api_groups": [SNAPSHOT_GROUP], "resources": ["volumesnapshotclasses"], "verbs": ["list"]},
        {"api_groups": [""], "resources": ["events"], "verbs": ["create"]},
        *([volumes] if is_apart else [*job_rules(), *secret_rules()]),
    ]


def job_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules where movers' Jobs run."""
    return [
        {"api_groups": [""], "resources": [PVCS], "verbs": TEMPORARY},
        {"api_groups": ["batch"], "resources": ["jobs"], "verbs": TEMPORARY},
        # Listed by pod: only kubelet's events tell which volume does not mount.
        {"api_groups": [""], "resources": ["events"], "verbs": ["list"]},
    ]


def secret_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules where each PVC has a Secret of its own: why it is not there."""
    return [
        {
            "api_groups": [external_secrets.GROUP],
            "resources": ["externalsecrets"],
            "verbs": ["get"],
        },
    ]


def namespace_rules(settings: MoverSettings) -> dict[str, list[PolicyRuleArgsDict]]:
    """RBAC rules of the mover by namespace, where it works in some alone."""
    if settings.isolation is Isolation.NAMESPACE:
        return {}
    exceptions = {name: [*job_rules(), *secret_rules()] for name in settings.in_namespaces}
    return {MOVERS_NAMESPACE: job_rules(), **exceptions}


def repository_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: reads the pin, and the state of maintenance and restore drills."""
    return [
        {
            "api_groups": [""],
            "resources": ["configmaps"],
            "resource_names": [PIN_CONFIG_MAP, RESTORE_PROOF],
            "verbs": ["get"],
        },
        {
            "api_groups": ["batch"],
            "resources": ["cronjobs"],
            "resource_names": [MAINTENANCE],
            "verbs": ["get"],
        },
        # Runs of the maintenance. A list cannot be limited to names.
        {"api_groups": ["batch"], "resources": ["jobs"], "verbs": ["list"]},
    ]


class Mover(pulumi.ComponentResource):
    """The controller with its rights. One pod: two would start every Job twice."""

    def __init__(
        self, name: str, args: MoverArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pvc-backup:components:Mover", name, {"image": args.settings.image}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rights = account(
            *(name, MOVER, child),
            here=repository_rules(),
            everywhere=cluster_rules(args.settings.isolation),
            there=namespace_rules(args.settings),
        )
        started = pulumi.ResourceOptions(parent=self, depends_on=rights)
        pods = Pods(
            account=MOVER,
            containers=[_container(args)],
            options=args.site.pods,
            priority=args.site.critical,
        )
        running = deployment(name, MOVER, pods, started)
        network_policy(
            f"{name}-network-policy",
            MOVER,
            child,
            port="metrics",
            namespaces=args.monitoring.namespaces,
            calls=args.site.api_server,
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[running])
        service(f"{name}-service", MOVER, after, port="metrics", number=args.settings.metrics_port)
        if args.monitoring.enabled:
            service_monitor(f"{name}-monitor", MOVER, args.monitoring, after, port="metrics")
        self.register_outputs({})


def _container(args: MoverArgs) -> ContainerArgsDict:
    container = pod.container(
        "mover",
        image=args.settings.image,
        command=["python", "-m", "mover"],
        env=pod.environment(args.settings.to_environment()),
        memory=MEMORY,
        mounts=[],
    )
    container["ports"] = [
        {"name": "metrics", "container_port": args.settings.metrics_port, "protocol": "TCP"},
        {"name": "health", "container_port": args.settings.probe_port, "protocol": "TCP"},
    ]
    container["liveness_probe"] = pod.http_probe(HEALTH, "health", 20)
    container["readiness_probe"] = pod.http_probe(HEALTH, "health", 5)
    return container
