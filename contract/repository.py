"""The Kopia repository: where it is, how it is mounted, who owns it, which secret opens it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOUNT_PATH = "/repository"
VOLUME = "repository"

# Keys of the Secret `volsync-<pvc>`; the origin design's, so that its users' Secrets still work.
KEY_REPOSITORY = "KOPIA_REPOSITORY"
KEY_FS_PATH = "KOPIA_FS_PATH"
KEY_PASSWORD = "KOPIA_PASSWORD"  # noqa: S105 - the name of the key, not a password
REPOSITORY_URL = f"filesystem://{MOUNT_PATH}"

# The origin design's; a stack may name others.
SECRET_STORE = "1password"  # noqa: S105 - the ClusterSecretStore's name
SECRET_ITEM = "rustfs"  # noqa: S105 - the 1Password item
SECRET_FIELD = "kopia_password"  # noqa: S105 - its field
SECRET_MOUNT = "/etc/kopia"  # noqa: S105 - where a pod finds the Secret as files

# No PVC's: those end in a suffix. A cluster that maintains has a host of its own.
MAINTENANCE_USER = "maintenance"
MAINTENANCE_HOST = "volsync"

COMPRESSION = "zstd"

# Every repository file is written 0600, so all pods must share one user.
UID = 1000
GID = 1000

# What bootstrap found or made; plumber, mover and restore gate accept no other repository.
PIN_CONFIG_MAP = "kopia-repository"
PIN_KEY = "uniqueId"
# Beside the pin: who this cluster maintains the repository as, and who has taken that from it.
OWNER_KEY = "maintenanceOwner"
SHARED_KEY = "sharedWith"
PIN_MOUNT = "/etc/kopia-repository"
PIN_FILE = Path(PIN_MOUNT, PIN_KEY)

# In VolSync's namespace, for plumber, bootstrap, maintenance and UI; the three keys above.
SYSTEM_SECRET = "kopia-repository"  # noqa: S105 - the Secret's name


def pinned(config_map: Mapping[str, Any] | None) -> str:
    """The id that the ConfigMap pins; "" where there is none, or it holds none yet."""
    return (((config_map or {}).get("data") or {}).get(PIN_KEY) or "").strip()


def pinned_file(path: Path = PIN_FILE) -> str:
    """The id as a pod finds it; "" before it is there. Raises OSError, ValueError."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


@dataclass(frozen=True, kw_only=True)
class PasswordSource:
    """Where External Secrets reads the repository's password; without a field it is the item."""

    store: str = SECRET_STORE
    item: str = SECRET_ITEM
    field: str = SECRET_FIELD


@dataclass(frozen=True)
class NfsExport:
    """An NFS export. Raises ValueError where kubelet could not mount it."""

    server: str
    path: str

    def __post_init__(self) -> None:
        if not self.server or "/" in self.server or " " in self.server:
            raise ValueError("server must be a host name or an address")
        if not self.path.startswith("/"):
            raise ValueError("path must be absolute")
