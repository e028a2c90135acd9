"""The stack's settings: read once, checked as a whole, reported by key and never by value."""

import json
from typing import Annotated

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import AfterValidator, Field, ValidationError, model_validator

from components.dashboard import DashboardOptions
from components.exposure import Exposure, Page, PasswordPage
from components.monitoring import Monitoring
from components.pvc_plumber import PlumberOptions
from components.restore_proof import DrillOptions
from components.secret_store import StoreOptions
from contract.environment import is_time_zone
from contract.names import is_dns_subdomain
from contract.pods import OwnPods
from contract.schedule import is_in_window
from contract.scope import excluded_namespaces
from manifests.params import Schedule
from stack import schema
from stack.sections import (
    Cluster,
    ExternalSecrets,
    Kyverno,
    Mover,
    Namespace,
    Render,
    Repository,
    Section,
    Storage,
    VolSync,
)

TOKEN = "secretStoreToken"  # noqa: S105 - the key of the setting, not a token
UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")  # of a model, of a dataclass
ITS_MEANING = "The 1Password Connect token, for a store that the stack installs; never in clear."


def _domain(text: str) -> str:
    if text and not is_dns_subdomain(text):
        raise ValueError("must be a domain name")
    return text


def _image(text: str) -> str:
    # A tag or a digest: a bare name would deploy whatever `latest` is that day.
    if ":" not in text.rpartition("/")[2] or text.endswith(":latest"):
        raise ValueError("must be an image reference with a tag other than latest, or a digest")
    return text


def _timezone(text: str) -> str:
    if not is_time_zone(text):
        raise ValueError("must be a time zone name such as Europe/Berlin or UTC")
    return text


class Settings(Section):
    """All of a stack but its secret."""

    image: Annotated[str, AfterValidator(_image), Field(title="image reference")]
    """Image of plumber and mover, with a tag other than `latest` or, better, a digest; built with
    the Dockerfile."""
    image_registry: str = ""
    """Registry that mirrors the images of the charts, under the names that the charts use; if not
    set, each comes from where its chart says."""
    domain: Annotated[str, AfterValidator(_domain), Field(title="domain name")] = ""
    """Domain of the web pages: the web UI is `kopia-ui.<domain>`, the audit `pvc-audit.<domain>`;
    required where one is exposed."""
    timezone: Annotated[str, AfterValidator(_timezone), Field(title="time zone")] = "UTC"
    """Time zone of all schedules, such as `Europe/Berlin`."""
    excluded_namespaces: tuple[Namespace, ...] = ()
    """Namespaces that are left alone, beside `kube-system`, `kube-public`, `kube-node-lease`,
    `volsync-system`, `kyverno` and `kopia-movers`, which always are; a tier label there is refused.
    Name here what must run before a PVC can be made: storage driver, GitOps, secrets, certificates.
    Where the stack installs Kyverno, none of its webhooks ever acts there."""
    cluster: Cluster = Cluster()
    """The cluster."""
    render: Render = Render()
    """YAML instead of a deployment."""
    repository: Repository
    """The NFS export with the Kopia repository. One for each cluster, since PVCs of the same name
    in two clusters would share one history ([ADR 24](adr/0024-one-cluster-one-repository.md))."""
    restore_proof: DrillOptions = DrillOptions()
    """Restore drills."""
    external_secrets: ExternalSecrets = ExternalSecrets()
    """External Secrets, where it is not there yet."""
    secret_store: StoreOptions
    """The store with the repository's password."""
    volsync: VolSync = VolSync()
    """VolSync and the Kopia mover."""
    pods: OwnPods = OwnPods()
    """Pods of the programs that the stack deploys, but for those of charts. `imagePullSecrets` are
    looked up in `volsync-system`, `kyverno` and `kopia-restore-proof`."""
    mover: Mover = Mover()
    """Kopia's movers."""
    kyverno: Kyverno = Kyverno()
    """Kyverno, which enforces the policies."""
    plumber: PlumberOptions = PlumberOptions()
    """pvc-plumber, which answers whether a PVC has a backup."""
    kopia_ui: PasswordPage = PasswordPage()
    """Kopia's web UI. Not exposed, it is reached by `kubectl -n volsync-system port-forward
    service/kopia-ui 8080:80`."""
    audit: Page = Page()
    """The audit: a verdict for every PVC, as page, JSON, CSV and metrics. Its page asks for no
    password: put a proxy that does before it ([ADR 22](adr/0022-audit.md)). Not exposed, it is
    reached by `kubectl -n volsync-system port-forward service/pvc-audit 8080:80`."""
    alerts: Monitoring = Monitoring()
    """Alerts and metrics."""
    dashboard: DashboardOptions = DashboardOptions()
    """The Grafana dashboard."""
    storage: Storage
    """Snapshots of volumes."""
    schedule: Schedule = Schedule()
    """When backups start and orphans are removed."""

    @model_validator(mode="after")
    def _named_pages(self) -> "Settings":
        for name, page in (("kopiaUi", self.kopia_ui), ("audit", self.audit)):
            if page.enabled and page.exposure is not Exposure.NONE and not self.domain:
                raise ValueError(f"domain is required where {name} is exposed")
        return self

    @model_validator(mode="after")
    def _maintenance_apart(self) -> "Settings":
        if is_in_window(self.repository.maintenance, self.schedule.window):
            raise ValueError("repository.maintenance must lie outside the daily backups' window")
        return self

    @model_validator(mode="after")
    def _served_namespaces(self) -> "Settings":
        for place, name in enumerate(self.mover.in_namespaces):
            if name in self.excluded:
                raise ValueError(f"mover.inNamespaces.{place} is excluded from backup")
        return self

    @property
    def excluded(self) -> tuple[str, ...]:
        """Every namespace that is left alone."""
        return excluded_namespaces(self.excluded_namespaces)


def _value(text: object) -> object:
    # Objects and lists arrive as JSON text, anything else as plain text.
    if isinstance(text, str) and text[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _given(project: str) -> dict[str, object]:
    every = {**get_config_env(), **CONFIG.get()}
    prefix = f"{project}:"
    return {key.removeprefix(prefix): _value(every[key]) for key in every if key.startswith(prefix)}


def _token_problems(given: dict[str, object], project: str) -> list[str]:
    store, render = given.get("secretStore"), given.get("render")
    installed = not isinstance(store, dict) or store.get("install", True) is not False
    rendered = isinstance(render, dict) and bool(render.get("folder"))
    if TOKEN in given and not is_config_secret(f"{project}:{TOKEN}"):
        return [f"{TOKEN}: is stored in clear; replace it: pulumi config set --secret {TOKEN}"]
    if TOKEN not in given and installed and not rendered:
        return [
            f"{TOKEN}: is required unless secretStore.install is false; "
            f"pulumi config set --secret {TOKEN}"
        ]
    return []


def _unknown_key(path: tuple[str | int, ...]) -> str:
    *above, name = path
    keys = schema.keys_at(schema.of(Settings), above) + ([] if above else [TOKEN])
    meant = schema.nearest(str(name), keys)
    return (
        f"there is no such key; did you mean {meant}?"
        if meant
        else (f"there is no such key; there are {', '.join(keys)}")
    )


def load(project: str) -> Settings:
    """The project's settings. Raises pulumi.RunError that names every wrong key and no value."""
    given = _given(project)
    problems = _token_problems(given, project)
    try:
        settings = Settings.model_validate({k: v for k, v in given.items() if k != TOKEN})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            path, text = problem["loc"], problem["msg"].removeprefix("Value error, ")
            if problem["type"] in UNKNOWN:
                text = _unknown_key(path)
            problems.append(f"{'.'.join(map(str, path)) or 'stack'}: {text}")
    else:
        if not problems:
            return settings
    raise pulumi.RunError("The stack's settings are wrong:\n  " + "\n  ".join(sorted(problems)))
