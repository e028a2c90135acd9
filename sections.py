"""The parts of the stack's settings, each a closed model; settings.py puts them together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from contract.names import is_dns_label
from contract.repository import NfsExport
from contract.schedule import CLEANUP, DEFAULT_WINDOW, MAX_WINDOW


def _namespace(text: str) -> str:
    if not is_dns_label(text):
        raise ValueError("must be a namespace name")
    return text


Namespace = Annotated[str, AfterValidator(_namespace)]
Name = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """Frozen, closed, camelCase on the wire; errors never repeat the input."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True
    )


class Cluster(Section):
    context: str = ""


class ChartSource(Section):
    """Where a chart comes from instead of its own repository: another one, or a folder."""

    path: str = ""
    repository: str = ""
    version: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> "ChartSource":
        if self.path and (self.repository or self.version):
            raise ValueError("path excludes repository and version")
        return self


class Render(Section):
    """Whether YAML is written instead of deploying anything."""

    folder: str = ""
    kubernetes: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")] = (
        "1.30"  # the oldest that README.md asks for
    )


class Repository(Section):
    server: Name
    path: Name
    unique_id: str = ""
    mount: Literal["inject", "native"] = "inject"
    maintenance: str = "30 4 * * *"  # off the daily window and off the full hour

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
        return self.export if self.mount == "inject" else None

    @property
    def native(self) -> NfsExport | None:
        """What the mover mounts into its Jobs by itself."""
        return self.export if self.mount == "native" else None


class ExternalSecrets(Section):
    # Off: whoever uses 1Password this way has it for other secrets already.
    install: bool = False
    create_namespace: bool = True
    chart: ChartSource = ChartSource()


class SecretStore(Section):
    install: bool = True
    connect_host: str = ""
    vault: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "SecretStore":
        if self.install and not (self.connect_host and self.vault):
            raise ValueError("connectHost and vault are required unless install is false")
        return self


class RestoreProof(Section):
    # Off: only a site knows whether its storage has this much to spare.
    enabled: bool = False
    schedule: Name = "20 */6 * * *"  # off the daily window and off the full hour
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$")] = "20Gi"
    storage_class: str = ""


class VolSync(Section):
    install: bool = True
    create_namespace: bool = True
    chart: ChartSource = ChartSource()


class Mover(Section):
    max_jobs: int = Field(default=4, ge=1)
    max_jobs_per_node: int = Field(default=2, ge=1)
    unreadable_files: Literal["fail", "warn"] = "fail"


class KyvernoReplicas(Section):
    admission: int = Field(default=3, ge=1)
    background: int = Field(default=2, ge=1)
    cleanup: int = Field(default=2, ge=1)
    reports: int = Field(default=2, ge=1)


class Kyverno(Section):
    install: bool = True
    create_namespace: bool = True
    chart: ChartSource = ChartSource()
    replicas: KyvernoReplicas = KyvernoReplicas()
    reconcile_minutes: int = Field(default=5, ge=1, le=60)


class Plumber(Section):
    replicas: int = Field(default=2, ge=1)


class Gateway(Section):
    name: Name
    namespace: Namespace


class Page(Section):
    """A web page, and how it leaves the cluster."""

    enabled: bool = True
    exposure: Literal["ingress", "httproute", "none"] = "none"
    ingress_class: str = ""
    tls_secret: str = ""
    gateway: Gateway | None = None
    from_namespaces: tuple[Namespace, ...] = ()

    @model_validator(mode="after")
    def _reachable(self) -> "Page":
        if self.exposure == "httproute" and self.gateway is None:
            raise ValueError("gateway is required where exposure is httproute")
        if self.exposure != "none" and not self.from_namespaces:
            raise ValueError(
                "fromNamespaces must name the namespace that the page's users enter by"
            )
        return self


class AlertRule(Section):
    """What is wanted otherwise of one alert; "" and None leave it as it is."""

    enabled: bool = True
    wait: Annotated[str, Field(pattern=r"^([0-9]+[smhdw])*$")] = ""
    severity: str = ""
    threshold: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class Alerts(Section):
    enabled: bool = False
    labels: dict[str, str] = {}
    runbook: str = ""
    namespaces: tuple[Namespace, ...] = ()
    rules: dict[Name, AlertRule] = {}


class Dashboard(Section):
    enabled: bool = False
    # By these Grafana finds it; the default is that of its charts.
    labels: dict[str, str] = Field(default={"grafana_dashboard": "1"}, min_length=1)


class Storage(Section):
    snapshot_class: Name
    snapshot_capable: tuple[Name, ...] = Field(min_length=1)


class Schedule(Section):
    spread: bool = True
    window: int = Field(default=DEFAULT_WINDOW, ge=1, le=MAX_WINDOW)
    cleanup: Name = CLEANUP
