"""The Kopia repository: created or adopted once, then maintained. Without it nothing is known."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components._register import READY, register
from components.access import account
from components.cron_job import HOUR, Clock, cron_job, job
from components.deployment import Pods
from components.network import network_policy
from components.site import Site
from contract.environment import BootstrapSettings, MaintenanceSettings
from contract.repository import PIN_CONFIG_MAP, SYSTEM_SECRET, NfsExport, PasswordSource
from contract.scope import MAINTENANCE, VOLSYNC_NAMESPACE
from manifests import external_secrets

BOOTSTRAP = "kopia-bootstrap"
TRIES = 4  # of bootstrap, with growing pauses: some minutes for an NFS server that restarts
MEMORY = pod.resources("128Mi", "1Gi")
# Full maintenance reads the whole index; 2Gi was too small for a repository of 27 GiB elsewhere.
MAINTENANCE_MEMORY = pod.resources("128Mi", "4Gi")
MAINTENANCE_LIMIT = 20 * HOUR  # so that a hung one never takes the next day's place


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """`unique_id` pins the repository; nothing is ever created where it is given."""

    image: str
    export: NfsExport
    password: PasswordSource
    unique_id: str
    maintenance_schedule: str  # of the full one; the quick one runs each hour
    timezone: str
    site: Site = field(default_factory=Site)


class Repository(pulumi.ComponentResource):
    """The Secret that opens it, the bootstrap Job and the maintenance CronJob."""

    def __init__(
        self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"server": args.export.server, "path": args.export.path}
        super().__init__("pvc-backup:components:Repository", name, inputs, opts)
        child = pulumi.ResourceOptions(parent=self)
        secret = register(
            f"{name}-secret",
            external_secrets.external_secret(
                {"name": SYSTEM_SECRET, "namespace": VOLSYNC_NAMESPACE},
                secret=SYSTEM_SECRET,
                password=args.password,
            ),
            child,
            wait_for=READY,
        )
        calls = args.site.api_server
        rights = account(f"{name}-bootstrap", BOOTSTRAP, child, here=pin_rules())
        net = network_policy(f"{name}-bootstrap-network-policy", BOOTSTRAP, child, calls=calls)
        bootstrap = self._bootstrap(name, args, [secret, net, *rights])
        rights = account(f"{name}-maintenance", MAINTENANCE, child, here=owner_rules())
        net = network_policy(f"{name}-maintenance-network-policy", MAINTENANCE, child, calls=calls)
        self._maintenance(name, args, [bootstrap, net, *rights])
        self.register_outputs({})

    def _bootstrap(
        self, name: str, args: RepositoryArgs, needs: list[pulumi.Resource]
    ) -> pulumi.Resource:
        settings = BootstrapSettings(state=pod.STATE_PATH, unique_id=args.unique_id)
        container = pod.container(
            "bootstrap",
            image=args.image,
            command=["python", "-m", "mover.bootstrap"],
            env=pod.environment(settings.to_environment()),
            memory=MEMORY,
            mounts=pod.repository_mounts(read_only=False),
        )
        volumes = pod.repository_volumes(args.export, read_only=False)
        pods = Pods(
            containers=[container],
            volumes=volumes,
            account=BOOTSTRAP,
            options=args.site.pods,
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=needs)
        return job(f"{name}-bootstrap", BOOTSTRAP, pods, after, tries=TRIES)

    def _maintenance(self, name: str, args: RepositoryArgs, needs: list[pulumi.Resource]) -> None:
        settings = MaintenanceSettings(
            state=pod.STATE_PATH,
            unique_id=args.unique_id,
            schedule=args.maintenance_schedule,
            timezone=args.timezone,
        )
        container = pod.container(
            "maintenance",
            image=args.image,
            command=["python", "-m", "mover.maintenance"],
            env=pod.environment(settings.to_environment()),
            memory=MAINTENANCE_MEMORY,
            mounts=[*pod.repository_mounts(read_only=False), pod.pin_mount()],
        )
        volumes = [*pod.repository_volumes(args.export, read_only=False), pod.pin_volume()]
        pods = Pods(
            containers=[container],
            volumes=volumes,
            account=MAINTENANCE,
            options=args.site.pods,
        )
        clock = Clock(
            schedule=hourly(args.maintenance_schedule),
            timezone=args.timezone,
            limit=MAINTENANCE_LIMIT,
            tries=1,
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=needs)
        cron_job(f"{name}-maintenance", MAINTENANCE, pods, clock, after)


def hourly(line: str) -> str:
    """The cron line of the same minute of every hour."""
    return f"{line.partition(' ')[0]} * * * *"


def owner_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: keeps beside the pin who maintains the repository."""
    return [
        {
            "api_groups": [""],
            "resources": ["configmaps"],
            "resource_names": [PIN_CONFIG_MAP],
            "verbs": ["get", "patch"],
        },
    ]


def pin_rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: writes the one ConfigMap that pins the repository."""
    return [
        # A creation cannot be limited to a name.
        {"api_groups": [""], "resources": ["configmaps"], "verbs": ["create"]},
        *owner_rules(),
    ]
