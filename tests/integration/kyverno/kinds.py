"""Kinds of other projects, for the tests that need them."""

from pathlib import Path

from tests.integration.kyverno.api import eventually
from tests.project.pages.terminal import Terminal


def serve(shell: Terminal, files: Path, crd: str) -> None:
    """Adds the CRDs of a file or folder, and returns once the one of that name is served."""
    shell.must(f"kubectl apply --server-side -f {files}")
    # kubectl does not wait for a condition of a CRD that has none yet.
    established = f"kubectl wait crd/{crd} --for=condition=Established"
    eventually(lambda: shell.run(established).returncode == 0)
