"""Writes the builders' output as files; a test compares them with the committed ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from contract import names
from contract.environment import Isolation
from contract.names import Claim
from contract.repository import SECRET_STORE, SYSTEM_SECRET, NfsExport
from contract.schedule import cron
from contract.scope import MOVERS_NAMESPACE, VOLSYNC_NAMESPACE
from docgen import configuration, outcomes, tiers
from docgen.policies import policy_page
from manifests import dashboard, external_secrets, rbac, volsync
from manifests.alerts import prometheus_rule
from manifests.native import POLICY
from manifests.params import PolicyParams
from manifests.render import all_policies, kyverno_objects, native_policies
from manifests.volsync import Access, Volume

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "golden"
PAGE = ROOT / "docs" / "policies.md"
SAFETY = ROOT / "docs" / "safety.md"
CONCEPTS = ROOT / "docs" / "concepts.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
PROJECT = ROOT / "Pulumi.yaml"
EDITOR = ROOT / "docs" / "stack.schema.json"
EXPORT = NfsExport(server="192.0.2.1", path="/export/kopia")
PARAMS = PolicyParams(export=EXPORT, repository=EXPORT)
# One application, and all of them, with its movers beside its PVCs.
EXCEPTION = replace(PARAMS, in_namespaces=("plain",))
BESIDE = replace(PARAMS, isolation=Isolation.NAMESPACE)
CLAIM = Claim("shop", "data")
SNAPSHOT = "c0ffee00c0ffee00c0ffee00c0ffee00"


class _Block(yaml.SafeDumper):
    """A YAML dumper that writes multi-line CEL as block text, which is easy to read."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Block.add_representer(str, _string)


def _parts() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    meta = {"name": "", "namespace": CLAIM.namespace}
    identity = names.identity(CLAIM)
    access = Access(secret=names.secret_name(CLAIM), user=identity.user, host=identity.host)
    volume = Volume(capacity="1Gi", access_modes="ReadWriteOnce", storage_class="fast")
    yield (
        "replication-source",
        [
            volsync.replication_source(
                {**meta, "name": names.source_name(CLAIM)},
                pvc=CLAIM.name,
                schedule=cron("hourly", CLAIM),
                access=access,
            )
        ],
    )
    yield (
        "replication-destination",
        [
            volsync.replication_destination(
                {**meta, "name": names.destination_name(CLAIM)},
                snapshot=SNAPSHOT,
                access=access,
                volume=volume,
            )
        ],
    )
    system = {"name": SYSTEM_SECRET, "namespace": VOLSYNC_NAMESPACE}
    secret = external_secrets.external_secret(
        system, secret=SYSTEM_SECRET, password=PARAMS.password
    )
    yield "external-secret", [secret]
    yield "cluster-secret-store", [_store(VOLSYNC_NAMESPACE, MOVERS_NAMESPACE)]
    yield "cluster-roles", rbac.cluster_roles(PARAMS)
    yield "native-policies", native_policies(PARAMS)
    yield "in-namespaces", _changed(EXCEPTION)
    yield "isolation-namespace", [_store(), *_changed(BESIDE)]
    yield "prometheus-rule", [prometheus_rule.prometheus_rule(labels={"release": "prometheus"})]
    grafana = dashboard.config_map(
        labels={"grafana_dashboard": "1"}, runbook="https://example.org/operations"
    )
    yield "dashboard", [grafana]


def _store(*namespaces: str) -> dict[str, Any]:
    return external_secrets.cluster_secret_store(
        SECRET_STORE,
        connect_host="https://connect.example.org",
        vault="cluster",
        token_secret="onepassword-connect",
        token_namespace=VOLSYNC_NAMESPACE,
        namespaces=namespaces,
    )


def _changed(params: PolicyParams) -> list[dict[str, Any]]:
    known = _objects(PARAMS)
    return [obj for obj in _objects(params) if obj not in known]


def _objects(params: PolicyParams) -> list[dict[str, Any]]:
    return [*kyverno_objects(params), *native_policies(params)]


def _text(objects: list[dict[str, Any]]) -> str:
    return yaml.dump_all(objects, Dumper=_Block, sort_keys=False, width=1000, allow_unicode=True)


def manifests() -> dict[Path, str]:
    """Text of every golden file: Kubernetes objects."""
    policies = {
        FOLDER / f"{policy['metadata']['name']}.{policy['kind'].lower()}.yaml": _text([policy])
        for policy in all_policies(PARAMS)
    }
    return policies | {FOLDER / f"{name}.yaml": _text(objects) for name, objects in _parts()}


def pages() -> dict[Path, str]:
    """Text of every generated page and file, whole or in part."""
    native = [obj for obj in native_policies(PARAMS) if obj["kind"] == POLICY]
    return {
        PAGE: policy_page([*all_policies(PARAMS), *native]),
        SAFETY: outcomes.page(SAFETY.read_text()),
        CONCEPTS: tiers.page(CONCEPTS.read_text()),
        CONFIGURATION: configuration.page(CONFIGURATION.read_text()),
        PROJECT: configuration.project(PROJECT.read_text()),
        EDITOR: configuration.editor(),
    }


def files() -> dict[Path, str]:
    """Text of every generated file."""
    return manifests() | pages()


def write() -> None:
    """Rewrites all files, and removes goldens that nothing generates any more."""
    texts = files()
    for path in set(FOLDER.glob("*.yaml")) - set(texts):
        path.unlink()
    for path, text in texts.items():
        path.write_text(text)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    write()
