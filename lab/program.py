"""The Pulumi program on the lab: how the demo and the stories deploy it."""

import subprocess
import sys

STACK = ("--stack", "lab")
PACK = ("--policy-pack", "policy_pack")
UP = ("up", "--yes", "--skip-preview", "--suppress-progress", *STACK, *PACK)


def lab(*command: str) -> None:
    """Runs a `python -m lab` command, its output shown. Raises CalledProcessError on failure."""
    subprocess.run([sys.executable, "-m", "lab", *command], check=True)
