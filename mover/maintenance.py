"""Repository maintenance as its one owner: `python -m mover.maintenance`.

Each hour the quick one, which joins the index files that backups leave; the full one where its
schedule says so.
"""

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.environment import MaintenanceSettings, SettingsError
from contract.names import Identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER, PIN_FILE, pinned_file
from contract.times import SKEW
from kopia import maintenance
from kopia.command import Kopia, KopiaError
from mover import maintenance_clock, schedule
from mover.job import session

OWNER = Identity(MAINTENANCE_USER, MAINTENANCE_HOST)
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


def run(client: Kopia, path: Path, expected: str, full: Schedule = EACH_TIME) -> str:
    """Runs what is due, with kopia's own safety intervals. Returns what was done."""
    session.open_pinned(client, path, expected, OWNER, readonly=False)
    maintenance_clock.require(path, platform.node())
    owner = f"{OWNER.user}@{OWNER.host}"
    before = maintenance.state(client)
    if before.owner != owner:
        # Another owner's runs stop here: two of them would work against each other.
        client.run("maintenance", "set", f"--owner={owner}")
        if maintenance.state(client).owner != owner:
            raise KopiaError(f"{before.owner} stays the owner of maintenance")
    maintenance.shorten_epochs(client, EPOCH)
    client.run("maintenance", "run")
    is_full = full.is_due(before.last_full, datetime.now(UTC))
    if is_full:
        client.run("maintenance", "run", "--full")
    taken = "" if before.owner == owner else f", taken over from {before.owner}"
    return f"{'quick and full' if is_full else 'quick'} maintenance done as {owner}{taken}"


def expected_id(by_stack: str, file: Path = PIN_FILE) -> str:
    """The repository's id: the stack's, or the one that bootstrap has pinned."""
    return by_stack or pinned_file(file)


def main() -> None:
    """The program."""
    settings = MaintenanceSettings.from_environment(os.environ)
    expected = expected_id(settings.unique_id)
    if not expected:
        raise KopiaError("the repository's unique id is not known yet: bootstrap has not finished")
    client = session.kopia(Path(settings.state), "maintenance", settings.deadline)
    full = Schedule(line=settings.schedule, timezone=settings.timezone)
    print(run(client, Path(settings.repository), expected, full))


if __name__ == "__main__":
    try:
        main()
    except (KopiaError, SettingsError) as error:
        sys.exit(f"maintenance: {error}")
    except OSError as error:
        sys.exit(f"maintenance: {error.strerror}: {error.filename}")
