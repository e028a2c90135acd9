"""Creates the repository once, or adopts the one that is there, and pins its id for all others."""

import asyncio
import os
import sys
from pathlib import Path

from contract.environment import BootstrapSettings, RepositorySettings, SettingsError
from contract.labels import MANAGED_BY
from contract.repository import PIN_CONFIG_MAP, PIN_KEY, pinned
from kopia.command import Kopia, KopiaError
from kopia.format_blob import FORMAT_BLOB, unique_id
from kopia.repository import connect, create, status
from kube.api import Api, ApiError
from kube.client import ADMISSION_TIMEOUT, Client
from kube.config_map import ConflictError, Data, Patch, update
from kube.resource import CONFIG_MAP
from mover.job import file_tree, session
from mover.maintenance_owner import FIRST


def expected_id(by_stack: str, by_cluster: str) -> str:
    """The only id that the repository may have; "" where none is known yet."""
    if by_stack and by_cluster and by_stack != by_cluster:
        raise KopiaError(
            f"the stack pins repository {by_stack}, but this cluster has worked with {by_cluster}"
        )
    return by_stack or by_cluster


def open_or_create(client: Kopia, path: Path, expected: str) -> str:
    """The id of the repository at the path; one is made only in an empty export without a pin."""
    if not (path / FORMAT_BLOB).exists():
        if expected:
            raise KopiaError(f"repository {expected} is pinned, but the export does not hold it")
        if not file_tree.is_new(path):
            raise KopiaError("the export holds files but no repository; nothing was changed")
        create(client, path, identity=FIRST)
    actual = unique_id(path)
    if expected and actual != expected:
        raise KopiaError(f"the export holds repository {actual}, but {expected} is pinned")
    # Also after a creation: this proves that the password opens what is there.
    connect(client, path, readonly=True, identity=FIRST)
    if status(client).unique_id != actual:
        raise KopiaError("the repository changed while it was opened")
    return actual


async def known_id(api: Api, namespace: str) -> str:
    """The id that this cluster has worked with; "" before the first bootstrap."""
    return pinned(await api.get(CONFIG_MAP, namespace, PIN_CONFIG_MAP))


async def pin(api: Api, namespace: str, unique: str) -> None:
    """Writes the id, unless another one stands there already."""

    def change(data: Data | None) -> Patch | None:
        if pinned_id := pinned({"data": data}):
            expected_id(unique, pinned_id)
            return None
        return {PIN_KEY: unique}

    try:
        await update(api, namespace, PIN_CONFIG_MAP, change, {MANAGED_BY: "pvc-backup"})
    except ConflictError:
        raise KopiaError("the repository's id could not be written: others write it too") from None


async def run(api: Api, settings: RepositorySettings, client: Kopia) -> str:
    """Bootstraps, and returns the id."""
    expected = expected_id(settings.unique_id, await known_id(api, settings.namespace))
    path = Path(settings.repository)
    unique = await asyncio.to_thread(open_or_create, client, path, expected)
    await pin(api, settings.namespace, unique)
    return unique


def main() -> None:
    """The program: its last line says what there is, or why not."""
    settings = BootstrapSettings.from_environment(os.environ)
    client = session.kopia(Path(settings.state), "bootstrap", settings.deadline)
    unique = asyncio.run(run(Client(timeout=ADMISSION_TIMEOUT), settings, client))
    print(f"repository {unique} is pinned")


if __name__ == "__main__":
    try:
        main()
    except (KopiaError, SettingsError) as error:
        sys.exit(f"bootstrap: {error}")
    except ApiError as error:
        sys.exit(f"bootstrap: {error}")
    except OSError as error:
        sys.exit(f"bootstrap: {error.strerror}: {error.filename}")
