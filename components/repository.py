"""The Kopia repository: made or adopted once, then maintained. Without it no backup is known."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob, Job
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodSpecArgsDict, VolumeArgsDict
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components._register import READY, register
from components.access import account
from contract.repository import PIN_CONFIG_MAP, SYSTEM_SECRET, NfsExport
from contract.scope import MAINTENANCE, VOLSYNC_NAMESPACE
from manifests import external_secrets

BOOTSTRAP = "kopia-bootstrap"
TRIES = 4  # of bootstrap, with growing pauses: some minutes for an NFS server that restarts
# A failed Job stays failed: without this the next `up` would only wait for it again.
REPLACE_UNREADY = {"pulumi.com/replaceUnready": "true"}
MEMORY = pod.resources("128Mi", "1Gi")
# Full maintenance reads the whole index; 2Gi was too small for a repository of 27 GiB elsewhere.
MAINTENANCE_MEMORY = pod.resources("128Mi", "4Gi")
HOUR = 3600  # seconds
MAINTENANCE_LIMIT = 20 * HOUR  # so that a hung one never takes the next day's place


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """`unique_id` pins the repository; nothing is ever created where it is given."""

    image: str
    export: NfsExport
    unique_id: str
    maintenance_schedule: str  # of the full one; the quick one runs each hour
    timezone: str


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
                {"name": SYSTEM_SECRET, "namespace": VOLSYNC_NAMESPACE}, secret=SYSTEM_SECRET
            ),
            child,
            wait_for=READY,
        )
        rights = account(f"{name}-bootstrap", BOOTSTRAP, child, here=pin_rules())
        bootstrap = self._bootstrap(name, args, [secret, *rights])
        self._maintenance(name, args, [bootstrap])
        self.register_outputs({})

    def _bootstrap(self, name: str, args: RepositoryArgs, needs: list[pulumi.Resource]) -> Job:
        container = pod.container(
            "bootstrap",
            image=args.image,
            command=["python", "-m", "mover.bootstrap"],
            env=pod.environment(_environment("BOOTSTRAP", args.unique_id)),
            memory=MEMORY,
            mounts=pod.repository_mounts(read_only=False),
        )
        spec = _pod(args, container)
        spec["service_account_name"] = BOOTSTRAP
        spec["automount_service_account_token"] = True
        metadata = pod.metadata(BOOTSTRAP)
        metadata["annotations"] = REPLACE_UNREADY
        return Job(
            f"{name}-bootstrap",
            metadata=metadata,
            spec={
                "backoff_limit": TRIES,
                "template": {"metadata": {"labels": pod.labels(BOOTSTRAP)}, "spec": spec},
            },
            # A Job cannot be changed, and its name is taken until the old one is gone.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=needs,
                delete_before_replace=True,
                replace_on_changes=["spec"],
            ),
        )

    def _maintenance(self, name: str, args: RepositoryArgs, needs: list[pulumi.Resource]) -> None:
        container = pod.container(
            "maintenance",
            image=args.image,
            command=["python", "-m", "mover.maintenance"],
            env=pod.environment(
                {
                    **_environment("MAINTENANCE", args.unique_id),
                    "MAINTENANCE_SCHEDULE": args.maintenance_schedule,
                    "MAINTENANCE_TIMEZONE": args.timezone,
                }
            ),
            memory=MAINTENANCE_MEMORY,
            mounts=[*pod.repository_mounts(read_only=False), pod.pin_mount()],
        )
        labels = pod.labels(MAINTENANCE)
        spec = _pod(args, container, pod.pin_volume())
        CronJob(
            f"{name}-maintenance",
            metadata=pod.metadata(MAINTENANCE),
            spec={
                "schedule": hourly(args.maintenance_schedule),
                "time_zone": args.timezone,
                "concurrency_policy": "Forbid",
                "starting_deadline_seconds": HOUR,
                "successful_jobs_history_limit": 1,
                "failed_jobs_history_limit": 1,
                "job_template": {
                    "spec": {
                        "backoff_limit": 1,
                        "active_deadline_seconds": MAINTENANCE_LIMIT,
                        "template": {"metadata": {"labels": labels}, "spec": spec},
                    }
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )


def hourly(line: str) -> str:
    """The same minute of each hour."""
    return f"{line.partition(' ')[0]} * * * *"


def pin_rules() -> list[PolicyRuleArgsDict]:
    """Writes the one ConfigMap that names the repository."""
    return [
        # A creation cannot be limited to a name.
        {"api_groups": [""], "resources": ["configmaps"], "verbs": ["create"]},
        {
            "api_groups": [""],
            "resources": ["configmaps"],
            "resource_names": [PIN_CONFIG_MAP],
            "verbs": ["get", "patch"],
        },
    ]


def _environment(program: str, unique_id: str) -> dict[str, str]:
    state = {f"{program}_STATE": pod.STATE_PATH}
    return {**state, f"{program}_UNIQUE_ID": unique_id} if unique_id else state


def _pod(
    args: RepositoryArgs, container: ContainerArgsDict, *more: VolumeArgsDict
) -> PodSpecArgsDict:
    return {
        "restart_policy": "Never",
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod.pod_security(),
        "containers": [container],
        "volumes": [*pod.repository_volumes(args.export, read_only=False), *more],
    }
