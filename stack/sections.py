"""The parts of the stack's settings, each a closed model; settings.py puts them together.

The text below a field is its meaning, wherever it is told: docs/configuration.md, Pulumi.yaml and
the schema for editors are written from it. Its first sentence stands alone.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from contract import versions
from contract.environment import NfsMode
from contract.names import is_dns_label
from contract.repository import NfsExport
from contract.schedule import CLEANUP, DEFAULT_WINDOW, MAX_WINDOW


def _namespace(text: str) -> str:
    if not is_dns_label(text):
        raise ValueError("must be a namespace name")
    return text


Namespace = Annotated[str, AfterValidator(_namespace), Field(title="namespace")]
Name = Annotated[str, Field(min_length=1)]
Cron = Annotated[str, Field(min_length=1, title="cron")]


class Section(BaseModel):
    """Frozen, closed, camelCase on the wire; errors never repeat the input."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Cluster(Section):
    context: str = ""
    """Context of the kubeconfig; if not set, the current one."""


class ChartSource(Section):
    """Where a chart comes from instead of its own repository: another one, or a folder."""

    path: str = ""
    """Folder with the chart, relative to the project, such as `charts/kyverno`; excludes the
    others."""
    repository: str = ""
    """Another chart repository; if not set, the chart's own."""
    version: str = ""
    """Another version than the one that `stack/versions.py` pins."""

    @model_validator(mode="after")
    def _one_source(self) -> "ChartSource":
        if self.path and (self.repository or self.version):
            raise ValueError("path excludes repository and version")
        return self


class Render(Section):
    folder: str = ""
    """Folder into which YAML is written for
    [Argo CD or Flux](gitops.md#this-stack-as-yaml); nothing is deployed."""
    kubernetes: Annotated[
        str, Field(pattern=r"^[0-9]+\.[0-9]+$", title="version such as `1.33`")
    ] = "1.30"  # the oldest that README.md asks for
    """Version of Kubernetes that the charts are then rendered for."""


class Repository(Section):
    server: Name
    """Host name or address of the NFS server."""
    path: Name
    """Path of the NFS export that holds the Kopia repository."""
    unique_id: str = ""
    """Pins the repository: any other one is refused, and none is ever created. Set it after the
    first `up`; then even a rebuilt cluster refuses an emptied or swapped export.
    `kubectl -n volsync-system get configmap kopia-repository` shows it."""
    mount: NfsMode = NfsMode.INJECT
    """Who adds the NFS volume to the mover's Jobs: `inject`: the policy `volsync-nfs-inject`;
    `native`: the mover itself."""
    maintenance: Cron = "30 4 * * *"  # off the daily window and off the full hour
    """When Kopia's full maintenance runs, outside the window of daily backups; the quick one runs
    at that minute of each hour ([ADR 23](adr/0023-index-files.md))."""

    @model_validator(mode="after")
    def _mountable(self) -> "Repository":
        NfsExport(server=self.server, path=self.path)
        return self

    @property
    def export(self) -> NfsExport:
        """The export as the contract knows it."""
        return NfsExport(server=self.server, path=self.path)

    @property
    def injected(self) -> NfsExport | None:
        """What a policy mounts into the mover's Jobs."""
        return self.export if self.mount is NfsMode.INJECT else None


class ExternalSecrets(Section):
    # Off: whoever uses 1Password this way has it for other secrets already.
    install: bool = False
    """`true`: External Secrets is installed, in the namespace `external-secrets`. `destroy` leaves
    its kinds, and so every Secret that it made."""
    create_namespace: bool = True
    """`false`: the namespace `external-secrets` is already there."""
    chart: ChartSource = ChartSource()
    """Where the chart comes from; if not set, its own repository and the pinned version."""


class SecretStore(Section):
    install: bool = True
    """`false`: a ClusterSecretStore named `1password` is already there. External Secrets itself
    has to be, or comes by `externalSecrets.install`."""
    connect_host: str = ""
    """Address of 1Password Connect; required for a store that the stack installs."""
    vault: str = ""
    """The vault with the item `rustfs`; required for a store that the stack installs."""

    @model_validator(mode="after")
    def _complete(self) -> "SecretStore":
        if self.install and not (self.connect_host and self.vault):
            raise ValueError("connectHost and vault are required unless install is false")
        return self


class RestoreProof(Section):
    # Off: only a site knows whether its storage has this much to spare.
    enabled: bool = False
    """Restore drills ([mover.md](mover.md#restore-drills)) in the namespace
    `kopia-restore-proof`."""
    schedule: Cron = "20 */6 * * *"  # off the daily window and off the full hour
    """When a drill restores one PVC."""
    size: Annotated[
        str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$", title="size in `Mi`, `Gi` or `Ti`")
    ] = "20Gi"
    """Size of the scratch volume; a snapshot that does not fit is skipped and never proven."""
    storage_class: str = ""
    """Storage class of the scratch volume; if not set, the first of `storage.snapshotCapable`. One
    that deletes its volumes (`reclaimPolicy: Delete`), or each drill leaves one."""


class VolSync(Section):
    install: bool = Field(
        default=True,
        description=f"`false`: upstream VolSync >= {versions.VOLSYNC} is already there.",
    )
    create_namespace: bool = True
    """`false`: the namespace `volsync-system` is already there."""
    chart: ChartSource = ChartSource()
    """Where VolSync's chart comes from; if not set, its own repository and the pinned version."""


class KyvernoReplicas(Section):
    admission: int = Field(default=3, ge=1)
    """Pods of the admission controller."""
    background: int = Field(default=2, ge=1)
    """Pods of the background controller."""
    cleanup: int = Field(default=2, ge=1)
    """Pods of the cleanup controller."""
    reports: int = Field(default=2, ge=1)
    """Pods of the reports controller."""


class Kyverno(Section):
    install: bool = Field(
        default=True,
        description=f"`false`: Kyverno >= {versions.KYVERNO} is already there, in the namespace "
        "`kyverno`.",
    )
    create_namespace: bool = True
    """`false`: the namespace `kyverno` is already there."""
    chart: ChartSource = ChartSource()
    """Where Kyverno's chart comes from; if not set, its own repository and the pinned version."""
    replicas: KyvernoReplicas = KyvernoReplicas()
    """Pods of each controller."""
    reconcile_minutes: int = Field(default=5, ge=1, le=60, title="minutes")
    """How often missing objects are looked for and made."""


class Plumber(Section):
    replicas: int = Field(default=2, ge=1)
    """Pods of pvc-plumber; with one, its restart denies labelled PVCs for that long."""


class Storage(Section):
    snapshot_class: Name
    """VolumeSnapshotClass of the copies that backups are made from. For a volume of another driver,
    that driver's default or only class is taken."""
    snapshot_capable: tuple[Name, ...] = Field(min_length=1)
    """Storage classes whose volumes that class can snapshot."""


class Schedule(Section):
    spread: bool = True
    """Whether each PVC has a minute of its own; `false`: the literal `0 * * * *` and `0 2 * *
    *`."""
    window: int = Field(default=DEFAULT_WINDOW, ge=1, le=MAX_WINDOW, title="minutes")
    """How long after 02:00 daily backups go on starting."""
    cleanup: Cron = CLEANUP
    """When objects of PVCs that lost their label are removed."""
