"""The stack's settings: read once, checked as a whole, reported by key and never by value."""

import json
from typing import Annotated
from zoneinfo import ZoneInfo

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import AfterValidator, ValidationError, model_validator

from contract.names import is_dns_subdomain
from contract.schedule import is_in_window
from contract.scope import excluded_namespaces
from sections import (
    Alerts,
    Cluster,
    Dashboard,
    ExternalSecrets,
    Kyverno,
    Mover,
    Namespace,
    Page,
    Plumber,
    Render,
    Repository,
    RestoreProof,
    Schedule,
    SecretStore,
    Section,
    Storage,
    VolSync,
)

TOKEN = "secretStoreToken"  # noqa: S105 - the key of the setting, not a token


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
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("must be a time zone name such as Europe/Berlin or UTC") from error
    return text


class Settings(Section):
    """All of a stack but its secret; the defaults of whole keys are in Pulumi.yaml."""

    image: Annotated[str, AfterValidator(_image)]
    image_registry: str
    domain: Annotated[str, AfterValidator(_domain)]
    timezone: Annotated[str, AfterValidator(_timezone)]
    excluded_namespaces: tuple[Namespace, ...]
    cluster: Cluster
    render: Render
    repository: Repository
    restore_proof: RestoreProof
    external_secrets: ExternalSecrets
    secret_store: SecretStore
    volsync: VolSync
    mover: Mover
    kyverno: Kyverno
    plumber: Plumber
    kopia_ui: Page
    audit: Page
    alerts: Alerts
    dashboard: Dashboard
    storage: Storage
    schedule: Schedule

    @model_validator(mode="after")
    def _named_pages(self) -> "Settings":
        for name, page in (("kopiaUi", self.kopia_ui), ("audit", self.audit)):
            if page.enabled and page.exposure != "none" and not self.domain:
                raise ValueError(f"domain is required where {name} is exposed")
        return self

    @model_validator(mode="after")
    def _maintenance_apart(self) -> "Settings":
        if is_in_window(self.repository.maintenance, self.schedule.window):
            raise ValueError("repository.maintenance must lie outside the daily backups' window")
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


def load(project: str) -> Settings:
    """The project's settings. Raises pulumi.RunError that names every wrong key and no value."""
    given = _given(project)
    problems = _token_problems(given, project)
    try:
        settings = Settings.model_validate({k: v for k, v in given.items() if k != TOKEN})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            path = ".".join(map(str, problem["loc"])) or "stack"
            problems.append(f"{path}: {problem['msg'].removeprefix('Value error, ')}")
    else:
        if not problems:
            return settings
    raise pulumi.RunError("The stack's settings are wrong:\n  " + "\n  ".join(sorted(problems)))
