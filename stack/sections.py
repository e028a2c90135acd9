"""The parts of the stack's settings that are no component's own; settings.py puts all together.

What a component or a program takes as the stack says it is a section as it is: its `...Options`
stands beside the component or in `contract/environment.py`, plain data with limits in its metadata.
The text below a field is its meaning, wherever it is told: docs/configuration.md, Pulumi.yaml and
the schema for editors are written from it. Its first sentence stands alone.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from components.kyverno import Replicas
from components.network import ApiServer
from components.release import ChartSource
from contract import versions
from contract.environment import MoverOptions, NfsMode
from contract.names import is_dns_label, is_dns_subdomain
from contract.pods import MoverPods
from contract.repository import NfsExport
from contract.scope import CLUSTER_DOMAIN


def _namespace(text: str) -> str:
    if not is_dns_label(text):
        raise ValueError("must be a namespace name")
    return text


def _domain(text: str) -> str:
    if not is_dns_subdomain(text):
        raise ValueError("must be a domain name")
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
    domain: Annotated[str, AfterValidator(_domain), Field(title="domain name")] = CLUSTER_DOMAIN
    """Domain of the cluster's Services. Policies ask pvc-plumber by its full name in it, which no
    namespace can take; with another one than the cluster's, labelled PVCs are denied. It stands in
    `/etc/resolv.conf` of any pod, behind `svc.`."""
    api_server: ApiServer = ApiServer()
    """Where our pods reach the API server."""


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
    also_mounted_in: tuple[Namespace, ...] = ()
    """Namespaces of others whose pods may mount the export, or a path that leads to it. All other
    pods are denied it, since whoever writes there destroys every backup."""
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


class VolSync(Section):
    install: bool = Field(
        default=True,
        description=f"`false`: upstream VolSync >= {versions.VOLSYNC} is already there.",
    )
    create_namespace: bool = True
    """`false`: the namespace `volsync-system` is already there."""
    chart: ChartSource = ChartSource()
    """Where VolSync's chart comes from; if not set, its own repository and the pinned version."""


@dataclass(frozen=True, kw_only=True)
class Mover(MoverPods, MoverOptions):
    """Limits of the movers, then what their pods are like."""

    def __post_init__(self) -> None:
        MoverPods.__post_init__(self)
        MoverOptions.__post_init__(self)


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
    replicas: Replicas = Replicas()
    """Pods of each controller."""
    reconcile_minutes: int = Field(default=5, ge=1, le=60, title="minutes")
    """How often missing objects are looked for and made."""


class Storage(Section):
    snapshot_class: Name
    """VolumeSnapshotClass of the copies that backups are made from. For a volume of another driver,
    that driver's default or only class is taken."""
    snapshot_capable: tuple[Name, ...] = Field(min_length=1)
    """Storage classes whose volumes that class can snapshot."""
