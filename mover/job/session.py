"""Opens the repository for a pod: kopia's own files, the Secret as a file, the pinned id."""

import shutil
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from contract.names import Identity
from contract.repository import KEY_PASSWORD, SECRET_MOUNT
from kopia import format_blob
from kopia.command import Kopia
from kopia.failure import FullError, KopiaError, RepositoryError
from kopia.repository import connect
from kopia.suspect import SuspectError


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
    """Raises RepositoryError unless this is the pinned repository, by its own files."""
    actual = format_blob.unique_id(path)
    if actual != expected:
        raise RepositoryError(f"this is repository {actual}, but {expected} is the pinned one")
    # Whoever writes into one that has lost its index makes it look whole, and empty.
    if not format_blob.has_index(path):
        raise RepositoryError("the repository's index is missing")


def answers(path: Path, expected: str) -> bool:
    """Whether the pinned repository is still there."""
    try:
        require_repository(path, expected)
    except RepositoryError:
        return False
    return True


@contextmanager
def opening() -> Generator[None]:
    """Blames the repository for every failure inside: no volume is touched there.

    But for a manifest that cannot be believed: it is the trouble of those whose it may be.
    """
    try:
        yield
    except (RepositoryError, FullError, SuspectError):
        raise
    except KopiaError as error:
        raise RepositoryError(error.reason, error.process) from None


def open_pinned(
    client: Kopia, path: Path, expected: str, identity: Identity, *, readonly: bool
) -> None:
    """Joins the pinned repository under an identity; never makes one."""
    require_repository(path, expected)
    connect(client, path, readonly=readonly, identity=identity)
    # The path may have been remounted while kopia connected.
    require_repository(path, expected)


def fresh(client: Kopia, name: str) -> Kopia:
    """Another client of a connected one's repository that has cached nothing."""
    state = client.config.parents[2]
    other = replace(
        client,
        config=state / name / "config" / client.config.name,
        cache=state / name / "cache",
        logs=state / name / "logs",
    )
    # Kopia writes the place of its cache relative to this file, so that a copy has its own.
    other.config.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(client.config, other.config)
    return other


@contextmanager
def beside(run: Callable[..., object], *args: Any, **more: Any) -> Generator[None]:
    """Runs something while the body runs, and ends after both.

    Each kopia spends a quarter of a second on deriving the repository's key.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, *args, **more)
        yield
        running.result()
