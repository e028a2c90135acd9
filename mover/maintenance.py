"""Repository maintenance as its one owner: `python -m mover.maintenance`.

Each hour the quick one, which joins the index files that backups leave; the full one where its
schedule says so.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.environment import MaintenanceSettings, SettingsError
from contract.repository import PIN_CONFIG_MAP, PIN_FILE, pinned_file
from contract.times import SKEW
from kopia import maintenance
from kopia.command import Kopia, KopiaError
from kube.api import Api, ApiError
from kube.client import ADMISSION_TIMEOUT, Client
from kube.resource import CONFIG_MAP
from mover import maintenance_clock, schedule
from mover.job import session
from mover.maintenance_owner import NOBODYS, Ownership, SharedError, note, ownership, take_over

# Each backup leaves some index files, which every client has to read. Kopia joins those of an epoch
# that ended two epochs ago, and lets one last a day; an hour is the least for its clocks' safety.
EPOCH = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When the full one is due: a cron line in a time zone; "" is each time."""

    line: str = ""
    timezone: str = "UTC"

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether a slot has passed since the last one; a missed one is made up once."""
        if not self.line or last is None or last > now + SKEW:  # by a clock that was ahead
            return True
        return schedule.following(self.line, last, self.timezone) <= now


EACH_TIME = Schedule()


def run(
    client: Kopia,
    path: Path,
    expected: str,
    full: Schedule = EACH_TIME,
    own: Ownership = NOBODYS,
    server: Callable[[], datetime] | None = None,
) -> str:
    """Runs what is due, with kopia's own safety intervals. Returns what was done.

    `server` tells the API server's time.
    """
    session.open_pinned(client, path, expected, own.identity, readonly=False)
    maintenance_clock.require(path, server)
    former = take_over(client, own)
    last_full = maintenance.state(client).last_full
    maintenance.shorten_epochs(client, EPOCH)
    client.run("maintenance", "run")
    is_full = full.is_due(last_full, datetime.now(UTC))
    if is_full:
        client.run("maintenance", "run", "--full")
    taken = f", taken over from {former}" if former else ""
    return f"{'quick and full' if is_full else 'quick'} maintenance done as {own.name}{taken}"


async def maintain(api: Api, settings: MaintenanceSettings, client: Kopia) -> str:
    """Maintains as this cluster's owner, and keeps with the pin how that went."""
    expected = expected_id(settings.unique_id)
    pin = await api.get(CONFIG_MAP, settings.namespace, PIN_CONFIG_MAP)
    if not expected or pin is None:
        raise KopiaError("the repository's unique id is not known yet: bootstrap has not finished")
    full = Schedule(line=settings.schedule, timezone=settings.timezone)
    own, path = ownership(pin), Path(settings.repository)
    try:
        done = await asyncio.to_thread(run, client, path, expected, full, own, api.clock)
    except SharedError as error:
        await note(api, settings.namespace, own, error.other)
        raise
    await note(api, settings.namespace, own)
    return done


def expected_id(by_stack: str, file: Path = PIN_FILE) -> str:
    """The repository's id: the stack's, or the one that bootstrap has pinned."""
    return by_stack or pinned_file(file)


def main() -> None:
    """The program."""
    settings = MaintenanceSettings.from_environment(os.environ)
    client = session.kopia(Path(settings.state), "maintenance", settings.deadline)
    print(asyncio.run(maintain(Client(timeout=ADMISSION_TIMEOUT), settings, client)))


if __name__ == "__main__":
    try:
        main()
    except (KopiaError, SettingsError, ApiError) as error:
        sys.exit(f"maintenance: {error}")
    except OSError as error:
        sys.exit(f"maintenance: {error.strerror}: {error.filename}")
