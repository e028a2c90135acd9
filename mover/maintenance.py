"""Repository maintenance, quick and full, as its one owner: `python -m mover.maintenance`."""

import sys
from pathlib import Path

from contract.names import Identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER, PIN_KEY, PIN_MOUNT
from kopia.command import Kopia, KopiaError
from kopia.repository import maintenance_owner
from mover import session, settings

OWNER = Identity(MAINTENANCE_USER, MAINTENANCE_HOST)


def run(client: Kopia, path: Path, expected: str) -> str:
    """Runs both kinds, with kopia's own safety intervals. Returns what was done."""
    session.open_pinned(client, path, expected, OWNER, readonly=False)
    owner = f"{OWNER.user}@{OWNER.host}"
    before = maintenance_owner(client)
    if before != owner:
        # Another owner's runs stop here: two of them would work against each other.
        client.run("maintenance", "set", f"--owner={owner}")
        if maintenance_owner(client) != owner:
            raise KopiaError(f"{before} stays the owner of maintenance")
    client.run("maintenance", "run")
    client.run("maintenance", "run", "--full")
    taken = "" if before == owner else f", taken over from {before}"
    return f"quick and full maintenance done as {owner}{taken}"


def pinned(by_stack: str, folder: Path = Path(PIN_MOUNT)) -> str:
    """The repository's id: the stack's, or what bootstrap has told."""
    try:
        return by_stack or (folder / PIN_KEY).read_text().strip()
    except FileNotFoundError:
        return ""


def main() -> None:
    """The program."""
    found = settings.load_repository("MAINTENANCE_")
    expected = pinned(found.unique_id)
    if not expected:
        raise KopiaError("the repository's unique id is not known yet: bootstrap has not finished")
    client = session.kopia(Path(found.state), "maintenance", found.deadline)
    print(run(client, Path(found.repository), expected))


if __name__ == "__main__":
    try:
        main()
    except (KopiaError, settings.SettingsError) as error:
        sys.exit(f"maintenance: {error}")
    except OSError as error:
        sys.exit(f"maintenance: {error.strerror}: {error.filename}")
