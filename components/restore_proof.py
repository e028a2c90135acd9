"""The restore drill. Without it backups are made, and nobody knows whether they can be restored."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    ContainerArgsDict,
    Namespace,
    VolumeArgsDict,
)
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

from components import pod
from components._register import READY, register
from components.access import account
from components.cron_job import HOUR, Clock, cron_job
from components.deployment import Pods
from components.network import network_policy
from components.site import Site
from contract.environment import DrillSettings
from contract.labels import BACKUP, NO_BACKUP, REASON
from contract.repository import PIN_CONFIG_MAP, SYSTEM_SECRET, NfsExport, PasswordSource
from contract.scope import RESTORE_PROOF
from manifests import external_secrets

MEMORY = pod.resources("128Mi", "2Gi")
SCRATCH = "scratch"
SCRATCH_PATH = f"{pod.STATE_PATH}/data"
SCRATCH_WHY = "scratch volume of the restore drill"
LIMIT = 5 * HOUR  # less than the six hours between two drills of the default schedule
MARGIN = 300  # seconds by which kopia ends before its Job, so that people get its reason
# A volume lives as long as its pod, and restored data should not lie about until the next drill.
KEPT = 600  # seconds, for whoever collects logs


@dataclass(frozen=True, kw_only=True)
class DrillOptions:
    """What a stack may choose: its section `restoreProof`."""

    # Off: only a site knows whether its storage has this much to spare.
    enabled: bool = False
    """Restore drills ([mover.md](mover.md#restore-drills)) in the namespace
    `kopia-restore-proof`."""
    # Off the daily window and off the full hour.
    schedule: str = field(default="20 */6 * * *", metadata={"min_length": 1, "title": "cron"})
    """When a drill restores one PVC."""
    size: str = field(
        default="20Gi",
        metadata={"pattern": r"^[1-9][0-9]*(Mi|Gi|Ti)$", "title": "size in `Mi`, `Gi` or `Ti`"},
    )
    """Size of the scratch volume; a snapshot that does not fit is skipped and never proven."""
    storage_class: str = ""
    """Storage class of the scratch volume; if not set, the first of `storage.snapshotCapable`. One
    that deletes its volumes (`reclaimPolicy: Delete`), or each drill leaves one."""


@dataclass(frozen=True, kw_only=True)
class RestoreProofArgs(DrillOptions):
    """The repository is mounted read-only; `unique_id` pins it."""

    image: str
    export: NfsExport
    password: PasswordSource
    unique_id: str
    timezone: str
    site: Site = field(default_factory=Site)


def rules() -> list[PolicyRuleArgsDict]:
    """RBAC rules: reads the pin, patches the drill's own record; creates and deletes nothing."""
    read, write = [PIN_CONFIG_MAP, RESTORE_PROOF], [RESTORE_PROOF]
    maps = ["configmaps"]
    return [
        {"api_groups": [""], "resources": maps, "resource_names": read, "verbs": ["get"]},
        {"api_groups": [""], "resources": maps, "resource_names": write, "verbs": ["patch"]},
    ]


class RestoreProof(pulumi.ComponentResource):
    """A namespace where nothing else runs, the CronJob in it, and its record; or nothing at all."""

    def __init__(
        self, name: str, args: RestoreProofArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"enabled": args.enabled, "schedule": args.schedule}
        super().__init__("pvc-backup:components:RestoreProof", name, inputs, opts)
        if args.enabled:
            self._install(name, args)
        self.register_outputs({})

    def _install(self, name: str, args: RestoreProofArgs) -> None:
        space = Namespace(
            f"{name}-namespace",
            metadata={
                "name": RESTORE_PROOF,
                "labels": {**pod.labels(RESTORE_PROOF), **pod.POD_SECURITY},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        secret = register(
            f"{name}-secret",
            external_secrets.external_secret(
                {"name": SYSTEM_SECRET, "namespace": RESTORE_PROOF},
                secret=SYSTEM_SECRET,
                password=args.password,
            ),
            inside,
            wait_for=READY,
        )
        network_policy(
            *(f"{name}-network-policy", RESTORE_PROOF, inside),
            calls=args.site.api_server,
            namespace=RESTORE_PROOF,
        )
        record = ConfigMap(
            f"{name}-record",
            metadata=pod.metadata(RESTORE_PROOF),
            # What is in it belongs to the drills.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["data"]),
        )
        rights = account(name, RESTORE_PROOF, inside, here=rules(), namespace=RESTORE_PROOF)
        pods = Pods(
            containers=[_container(args)],
            volumes=[*pod.repository_volumes(args.export, read_only=True), _scratch(args)],
            account=RESTORE_PROOF,
            options=args.site.pods,
        )
        clock = Clock(
            schedule=args.schedule,
            timezone=args.timezone,
            limit=LIMIT,
            tries=0,  # the next drill is another PVC's turn
            kept=KEPT,
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[secret, record, *rights])
        cron_job(f"{name}-drill", RESTORE_PROOF, pods, clock, after, namespace=RESTORE_PROOF)


def drill_settings(args: RestoreProofArgs) -> DrillSettings:
    """The settings of the drill's program."""
    return DrillSettings(state=pod.STATE_PATH, deadline=LIMIT - MARGIN, unique_id=args.unique_id)


def _container(args: RestoreProofArgs) -> ContainerArgsDict:
    return pod.container(
        "drill",
        image=args.image,
        command=["python", "-m", "mover.drill"],
        env=pod.environment(drill_settings(args).to_environment()),
        memory=MEMORY,
        mounts=[
            *pod.repository_mounts(read_only=True),
            {"name": SCRATCH, "mount_path": SCRATCH_PATH},
        ],
    )


def _scratch(args: RestoreProofArgs) -> VolumeArgsDict:
    # Storage of its own, made and removed with the pod: a node's disk would be filled for others.
    return {
        "name": SCRATCH,
        "ephemeral": {
            "volume_claim_template": {
                "metadata": {
                    "labels": {BACKUP: NO_BACKUP},
                    "annotations": {REASON: SCRATCH_WHY},
                },
                "spec": {
                    "access_modes": ["ReadWriteOnce"],
                    "storage_class_name": args.storage_class,
                    "resources": {"requests": {"storage": args.size}},
                },
            }
        },
    }
