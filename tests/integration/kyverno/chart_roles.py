"""Kyverno's own roles, read from its chart's templates, so that ours are tested beside them."""

import re
from pathlib import Path
from typing import Any

import yaml

CONTROLLERS = ("admission", "background", "cleanup", "reports")
WITH_VIEW = ("admission", "background", "reports")
RBAC = "rbac.authorization.k8s.io"
VIEW = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "view"}}


def _plain(template: str, controller: str) -> str:
    """The template without its optional parts, names filled in."""
    extra = r"\{\{- with [^}]*extraResources \}\}.*?\{\{- end \}\}"
    text = re.sub(extra, "", template, flags=re.DOTALL)
    name = f"kyverno-{controller}-controller"
    for pattern, value in (
        (r'template "kyverno\.[a-z]+-controller\.(roleName|name)" [.$]', name),
        (r'template "kyverno\.namespace" \.', "kyverno"),
        (r'include "kyverno\.config\.(configMapName|metricsConfigMapName)" \.', "kyverno"),
    ):
        text = re.sub(r"\{\{-? ?" + pattern + r" ?\}\}", value, text)
    labels = r"\{\{- include [^}]*(labels|matchLabels)[^}]*\}\}"
    text = re.sub(labels, f"app.kubernetes.io/component: {name}", text)
    return "\n".join(line for line in text.splitlines() if "{{" not in line)


def _binding(role: dict[str, Any], controller: str, suffix: str = "") -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "namespace": "kyverno"}
    metadata = {"name": f"kyverno-{controller}-controller{suffix}"}
    if role["kind"] == "Role":
        metadata["namespace"] = "kyverno"
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": f"{role['kind']}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": RBAC, "kind": role["kind"], "name": role["metadata"]["name"]},
        "subjects": [{**subject, "name": f"kyverno-{controller}-controller"}],
    }


def roles(module: Path) -> list[dict[str, Any]]:
    """Roles and bindings of all controllers, as the chart of this Kyverno module has them."""
    objects: list[dict[str, Any]] = []
    for controller in CONTROLLERS:
        folder = module / "charts/kyverno/templates" / f"{controller}-controller"
        for name in ("clusterrole.yaml", "role.yaml"):
            text = _plain((folder / name).read_text(), controller)
            for role in filter(None, yaml.safe_load_all(text)):
                objects.append(role)
                if not role["metadata"]["name"].endswith(":core"):
                    objects.append(_binding(role, controller))
    return objects + [_binding(VIEW, controller, "-view") for controller in WITH_VIEW]
