"""The Pulumi program on the lab: how the demo and the stories deploy it."""

import subprocess
import sys

UP = ("up", "--yes", "--skip-preview", "--stack", "lab", "--policy-pack", "policy_pack")


def lab(*command: str) -> str:
    """Runs a `python -m lab` command, its stderr shown; returns its stdout.

    Raises CalledProcessError when it fails.
    """
    run = subprocess.run(
        [sys.executable, "-m", "lab", *command], check=True, text=True, stdout=subprocess.PIPE
    )
    return run.stdout
