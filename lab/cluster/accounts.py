"""Kubeconfigs of controllers that run as processes, with a service account's rights."""

from collections.abc import Mapping
from pathlib import Path

from lab import paths
from lab.cluster import api
from lab.node import files, pki

TOKEN_LIFE = "8760h"  # noqa: S105 (a time, not a token)


def kubeconfig(name: str) -> Path:
    """Where an account's kubeconfig lies."""
    return paths.CONFIG / f"{name}.kubeconfig"


def issue(tools: Mapping[str, Path], accounts: Mapping[str, str]) -> list[str]:
    """Writes those that are missing, and names them. `accounts` are names with namespaces."""
    issued = []
    for name, namespace in accounts.items():
        path = kubeconfig(name)
        if not path.exists():
            words = ("-n", namespace, "create", "token", name, f"--duration={TOKEN_LIFE}")
            files.write(path, pki.by_token(api.kubectl(tools, *words).strip()), 0o600)
            issued.append(name)
    return issued
