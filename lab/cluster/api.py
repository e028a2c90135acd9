"""Talks to the cluster through kubectl with the admin's kubeconfig."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab import paths
from lab.errors import LabError


def kubectl_environment() -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(paths.KUBECONFIG)}


def kubectl(tools: Mapping[str, Path], *words: str, text: str | None = None) -> str:
    """The output of kubectl; a failure raises LabError with kubectl's own message."""
    run = subprocess.run(
        [str(tools["kubectl"]), *words],
        input=text,
        env=kubectl_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise LabError(f"kubectl {' '.join(words[:3])}: {run.stderr.strip()}")
    return run.stdout


def apply(tools: Mapping[str, Path], objects: Iterable[Mapping]) -> None:
    """Applies plain objects on the server's side."""
    bundle = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    words = ("apply", "--server-side", "--force-conflicts", "--field-manager=lab", "-f", "-")
    kubectl(tools, *words, text=json.dumps(bundle))


def apply_files(tools: Mapping[str, Path], files: Iterable[Path]) -> None:
    """Applies files as they are: other people's CRDs."""
    named = [f"--filename={path}" for path in files]
    kubectl(tools, "apply", "--server-side", "--force-conflicts", "--field-manager=lab", *named)
