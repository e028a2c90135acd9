"""What kopia knows of a repository's maintenance, and how soon it joins index files."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from kopia.command import Kopia, KopiaError
from kopia.repository import status


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """Who alone may run it (`user@host`), and when a full one last began; None where none has."""

    owner: str
    last_full: datetime | None


def state(kopia: Kopia) -> Maintenance:
    """What kopia knows of its maintenance."""
    try:
        found = json.loads(kopia.run("maintenance", "info", "--json"))
        owner = found["owner"]
        if not isinstance(owner, str) or not owner:
            raise TypeError
        following = datetime.fromisoformat(found["schedule"]["nextFullMaintenance"])
        interval = timedelta(microseconds=found["full"]["interval"] / 1000)
        never = following.year == datetime.min.year
        last = None if never else following - interval
        return Maintenance(owner=owner, last_full=last)
    except (ValueError, TypeError, KeyError):
        raise KopiaError("kopia's maintenance info is malformed") from None


def shorten_epochs(kopia: Kopia, duration: timedelta) -> bool:
    """Sets how long index files are collected at least before kopia joins them. True: it did."""
    if status(kopia).epoch in (None, duration):
        return False
    text = f"--epoch-min-duration={duration.total_seconds():.0f}s"
    kopia.run("repository", "set-parameters", text)
    return True
