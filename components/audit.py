"""The audit: a verdict for every PVC. Without it all else works, but gaps show at restore time."""

from dataclasses import dataclass, field
from pathlib import Path

import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components.access import account
from components.deployment import Pods, deployment
from components.exposure import SERVICE_PORT, Page, address, expose
from components.monitoring import Monitoring, service_monitor
from components.network import network_policy, service
from components.site import Site
from contract.audit import SERVICE
from contract.environment import AuditSettings, Isolation
from contract.repository import NfsExport
from manifests import external_secrets, volsync

# Ten thousand PVCs with their snapshots take half of it.
MEMORY = pod.resources("192Mi", "1536Mi")


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """`excluded` are the namespaces without backup. Why it asks no password: docs/adr/0022.

    `isolation` and `in_namespaces` tell which Secret the movers of a PVC need.
    """

    isolation: Isolation = Isolation.SYSTEM
    in_namespaces: tuple[str, ...] = ()
    image: str
    export: NfsExport
    excluded: tuple[str, ...]
    host: str
    page: Page
    monitoring: Monitoring
    site: Site = field(default_factory=Site)


def reading_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: watches everything that a verdict depends on; reads no Secret, writes nothing."""
    watched = [
        ("", "persistentvolumeclaims"),
        (volsync.GROUP, "replicationsources"),
        (volsync.GROUP, "replicationdestinations"),
        (external_secrets.GROUP, "externalsecrets"),
        ("storage.k8s.io", "storageclasses"),
        ("snapshot.storage.k8s.io", "volumesnapshotclasses"),
    ]
    return [
        {"api_groups": [group], "resources": [kind], "verbs": ["list", "watch"]}
        for group, kind in watched
    ]


class Audit(pulumi.ComponentResource):
    """The audit, a program apart from pvc-plumber, so that no page view ever delays an answer."""

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"enabled": args.page.enabled, "host": args.host}
        super().__init__("pvc-backup:components:Audit", name, inputs, opts)
        where = address(args.host, args.page)
        self.url = pulumi.Output.from_input(where)
        if args.page.enabled:
            self._install(name, args)
        self.register_outputs({"url": self.url})

    def _install(self, name: str, args: AuditArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        rights = account(name, SERVICE, child, everywhere=reading_rules())
        started = pulumi.ResourceOptions(parent=self, depends_on=rights)
        container = pod.reader_container(
            "audit",
            image=args.image,
            module="plumber.audit",
            settings=AuditSettings(
                state=Path(pod.STATE_PATH),
                excluded=args.excluded,
                isolation=args.isolation,
                in_namespaces=args.in_namespaces,
            ),
            memory=MEMORY,
            ready_period=10,
        )
        pods = Pods(
            account=SERVICE,
            containers=[container],
            volumes=pod.reader_volumes(args.export),
            options=args.site.pods,
        )
        running = deployment(name, SERVICE, pods, started)
        after = pulumi.ResourceOptions(parent=self, depends_on=[running])
        front = service(
            *(f"{name}-service", SERVICE, after),
            port="http",
            number=SERVICE_PORT,
            answers_unready=True,
        )
        network_policy(
            f"{name}-network-policy",
            SERVICE,
            child,
            port="http",
            namespaces=(*args.page.from_namespaces, *args.monitoring.namespaces),
            calls=args.site.api_server,
        )
        if args.monitoring.enabled:
            service_monitor(f"{name}-monitor", SERVICE, args.monitoring, after, port="http")
        last = pulumi.ResourceOptions(parent=self, depends_on=[front])
        expose(name, SERVICE, args.host, args.page, last)
