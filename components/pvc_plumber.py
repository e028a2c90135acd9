"""pvc-plumber. Without it labelled PVCs are denied; PVCs without the label are never touched."""

from dataclasses import dataclass, field
from pathlib import Path

import pulumi
from pulumi_kubernetes.core.v1 import (
    TopologySpreadConstraintArgsDict,
)
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components.access import account
from components.deployment import SEVERAL, Pods, deployment
from components.monitoring import Monitoring, service_monitor
from components.network import network_policy, service
from components.site import Site
from contract import admission
from contract.answer import SERVICE, SERVICE_PORT
from contract.environment import PlumberSettings
from contract.ledger import SHARD_NAMES
from contract.repository import PIN_CONFIG_MAP, NfsExport
from contract.scope import KYVERNO_NAMESPACE
from manifests import volsync

WEBHOOK = "webhook"  # the port's name
# 64Mi was too small where this design ran before; kopia holds the whole listing.
MEMORY = pod.resources("128Mi", "1Gi")


@dataclass(frozen=True, kw_only=True)
class PlumberOptions:
    """What a stack may choose: its section `plumber`."""

    replicas: int = field(default=2, metadata={"ge": 1})
    """Pods of pvc-plumber; with one, its restart denies labelled PVCs for that long."""


@dataclass(frozen=True, kw_only=True)
class PvcPlumberArgs(PlumberOptions):
    """The repository is mounted read-only; the pin is what bootstrap found or made."""

    image: str
    export: NfsExport
    monitoring: Monitoring
    site: Site = field(default_factory=Site)


def ledger_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: writes the ledger, and marks it as begun on the pin; deletes nothing."""
    return [
        # Neither a list nor a creation can be limited to names.
        {"api_groups": [""], "resources": ["configmaps"], "verbs": ["list", "create"]},
        {
            "api_groups": [""],
            "resources": ["configmaps"],
            "resource_names": [PIN_CONFIG_MAP, *SHARD_NAMES],
            "verbs": ["get", "patch"],
        },
    ]


def news_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: watches ReplicationSources in every namespace for backups that end."""
    sources = ["replicationsources"]
    return [{"api_groups": [volsync.GROUP], "resources": sources, "verbs": ["list", "watch"]}]


def webhook_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: adds the certificate of a process to the one webhook configuration of its own."""
    return [
        {
            "api_groups": [admission.API_GROUP],
            "resources": [admission.RESOURCES],
            "resource_names": [admission.CONFIGURATION],
            "verbs": ["get", "patch"],
        }
    ]


class PvcPlumber(pulumi.ComponentResource):
    """The service that Kyverno asks; ready when it has read the repository and the ledger."""

    def __init__(
        self, name: str, args: PvcPlumberArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"image": args.image, "replicas": args.replicas}
        super().__init__("pvc-backup:components:PvcPlumber", name, inputs, opts)
        child = pulumi.ResourceOptions(parent=self)
        rights = account(
            name, SERVICE, child, here=ledger_rules(), everywhere=[*news_rules(), *webhook_rules()]
        )
        started = pulumi.ResourceOptions(parent=self, depends_on=rights)
        container = pod.reader_container(
            "plumber",
            image=args.image,
            module="plumber",
            settings=PlumberSettings(state=Path(pod.STATE_PATH)),
            memory=MEMORY,
            ready_period=5,
            more_ports={WEBHOOK: admission.PORT},
        )
        pods = Pods(
            account=SERVICE,
            containers=[container],
            volumes=pod.reader_volumes(args.export),
            spread=[_spread()],
            options=args.site.pods,
            priority=args.site.critical,
        )
        running = deployment(name, SERVICE, pods, started, replicas=args.replicas, strategy=SEVERAL)
        after = pulumi.ResourceOptions(parent=self, depends_on=[running])
        service(
            *(f"{name}-service", SERVICE, after),
            port="http",
            number=SERVICE_PORT,
            answers_unready=True,
        )
        service(
            *(f"{name}-admission-service", SERVICE, after),
            port=WEBHOOK,
            number=admission.SERVICE_PORT,
            answers_unready=True,
            title=admission.SERVICE_NAME,
        )
        network_policy(
            f"{name}-network-policy",
            SERVICE,
            child,
            port="http",
            namespaces=(KYVERNO_NAMESPACE, *args.monitoring.namespaces),
            calls=args.site.api_server,
            open_port=WEBHOOK,  # which the API server calls
        )
        PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=pod.metadata(SERVICE),
            # Not minAvailable 1: that would block the drain of a node with the only pod for ever.
            spec={"max_unavailable": 1, "selector": {"match_labels": pod.selector(SERVICE)}},
            opts=child,
        )
        if args.monitoring.enabled:
            service_monitor(f"{name}-monitor", SERVICE, args.monitoring, after, port="http")
        self.register_outputs({})


def _spread() -> TopologySpreadConstraintArgsDict:
    # One node holds both only where there is no other that could take one.
    return {
        "max_skew": 1,
        "topology_key": "kubernetes.io/hostname",
        "when_unsatisfiable": "DoNotSchedule",
        "node_taints_policy": "Honor",
        "match_label_keys": ["pod-template-hash"],
        "label_selector": {"match_labels": pod.selector(SERVICE)},
    }
