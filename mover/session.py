"""Opens the repository for a pod: kopia's own files, the Secret as a file, the pinned id."""

from dataclasses import replace
from pathlib import Path

from contract.names import Identity
from contract.repository import KEY_PASSWORD, SECRET_MOUNT
from kopia.command import Kopia, KopiaError
from kopia.format_blob import unique_id
from kopia.repository import connect


def kopia(state: Path, name: str, deadline: float, secret: Path = Path(SECRET_MOUNT)) -> Kopia:
    """Kopia with its files below `state`. A second name is a second client, with its own cache."""
    return Kopia(
        config=state / name / "config" / "repository.config",
        cache=state / name / "cache",
        logs=state / name / "logs",
        password_file=secret / KEY_PASSWORD,
        deadline=deadline,
    )


def require_repository(path: Path, expected: str) -> None:
    """Before anything else: this is the pinned repository, by its own file."""
    found = unique_id(path)
    if found != expected:
        raise KopiaError(f"this is repository {found}, but {expected} is the pinned one")


def open_pinned(
    client: Kopia, path: Path, expected: str, identity: Identity, *, readonly: bool
) -> None:
    """Joins the pinned repository under an identity; never makes one."""
    require_repository(path, expected)
    connect(client, path, readonly=readonly, identity=identity)
    # The path may have been remounted while kopia connected.
    require_repository(path, expected)


def fresh(client: Kopia, name: str) -> Kopia:
    """Another client that has cached nothing, to read back what the first one wrote."""
    state = client.config.parents[2]
    return replace(
        client,
        config=state / name / "config" / client.config.name,
        cache=state / name / "cache",
        logs=state / name / "logs",
    )
