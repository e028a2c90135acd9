"""The Pulumi program on the lab: how the demo and the stories deploy it."""

import subprocess
import sys

STACK = ("--stack", "lab")
PACK = ("--policy-pack", "policy_pack")
UP = ("up", "--yes", "--skip-preview", "--suppress-progress", *STACK, *PACK)


def configure(key: str, value: str) -> None:
    """Sets a value in the lab's own copy of the stack's configuration; it goes with the lab."""
    lab("pulumi", "config", "set", *STACK, "--path", f"pvc-backup:{key}", value)


def forget(key: str) -> None:
    """Removes what `configure` has set."""
    lab("pulumi", "config", "rm", *STACK, "--path", f"pvc-backup:{key}")


def lab(*command: str) -> None:
    """Runs a `python -m lab` command, its output shown. Raises CalledProcessError on failure."""
    subprocess.run([sys.executable, "-m", "lab", *command], check=True)
