"""How pvc-plumber and the audit are set: read once from the environment, by `__main__`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings

from contract.answer import PORT
from contract.repository import KEY_PASSWORD, MOUNT_PATH, PIN_FILE, SECRET_MOUNT


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Paths as the pod mounts them; times in seconds."""

    host: str
    port: int
    repository: Path
    password_file: Path
    pin_file: Path
    state: Path  # an emptyDir of its own: kopia's config, cache and log
    kopia: str
    refresh: float  # pause between listings: how late a new snapshot is seen
    listing_deadline: float
    ready_age: float  # older knowledge makes the pod unready
    drain: float  # still answering after SIGTERM, until out of the endpoints
    excluded: frozenset[str]  # namespaces without backup, for the audit


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `PLUMBER_*`. Raises ValueError for a malformed one."""
    read = Config(environ=os.environ if environ is None else environ, env_prefix="PLUMBER_")
    return Settings(
        host=read("HOST", default="0.0.0.0"),  # noqa: S104 - a pod's only address
        port=read("PORT", cast=int, default=PORT),
        repository=read("REPOSITORY", cast=Path, default=Path(MOUNT_PATH)),
        password_file=read("PASSWORD_FILE", cast=Path, default=Path(SECRET_MOUNT, KEY_PASSWORD)),
        pin_file=read("PIN_FILE", cast=Path, default=PIN_FILE),
        state=read("STATE", cast=Path, default=Path("/tmp/kopia")),  # noqa: S108 - the pod's emptyDir
        kopia=read("KOPIA", default="kopia"),
        refresh=read("REFRESH", cast=_positive, default=20.0),
        listing_deadline=read("LISTING_DEADLINE", cast=_positive, default=60.0),
        ready_age=read("READY_AGE", cast=_positive, default=120.0),
        drain=read("DRAIN", cast=float, default=5.0),
        excluded=frozenset(read("EXCLUDED", cast=CommaSeparatedStrings, default="")),
    )


def _positive(text: str | float) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value
