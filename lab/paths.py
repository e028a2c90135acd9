"""Where things are: state that `down` removes, caches that it keeps, the node's own view."""

import os
from pathlib import Path

from lab.tools import CACHE

ROOT = Path(__file__).parent.parent
STANDINS = Path(__file__).parent / "standins"
_HOME_STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
STATE = Path(os.environ.get("LAB_STATE") or _HOME_STATE / "pvc-backup-lab").absolute()
# Inside the node the state is mounted here. Socket paths are limited to 108 characters, so short.
INSIDE = Path("/run/lab")

BIN = CACHE / "bin"  # what gcc builds
LAYERS = CACHE / "layers"

LOGS = STATE / "logs"
PIDS = STATE / "pids"
CONFIG = STATE / "config"
PKI = STATE / "pki"
KUBECONFIG = STATE / "kubeconfig"
CONNECT = STATE / "connect"
PULUMI = STATE / "pulumi"


def inside(path: Path) -> str:
    """The name of a state path as the node's processes see it."""
    return str(INSIDE / path.relative_to(STATE))


def problem() -> str:
    """Why the chosen state directory cannot work; empty if it can."""
    hidden = [Path(top) for top in ("/run", "/proc", "/sys", "/etc", "/usr/sbin", "/var/log")]
    if any(STATE.is_relative_to(top) for top in hidden):
        return f"LAB_STATE={STATE}: the node mounts its own files over that place; choose another"
    return ""
