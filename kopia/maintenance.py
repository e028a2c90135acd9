"""Reads the state of a repository's maintenance, and sets how soon index files are merged."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from kopia.command import Kopia, KopiaError
from kopia.repository import status


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """The only user allowed to run it (`user@host`), and the start of the last full one, if any."""

    owner: str
    last_full: datetime | None


def state(kopia: Kopia) -> Maintenance:
    """The state of maintenance. Raises KopiaError."""
    try:
        info = json.loads(kopia.run("maintenance", "info", "--json"))
        owner = info["owner"]
        if not isinstance(owner, str) or not owner:
            raise TypeError
        next_full = datetime.fromisoformat(info["schedule"]["nextFullMaintenance"])
        interval = timedelta(microseconds=info["full"]["interval"] / 1000)
        never = next_full.year == datetime.min.year
        last_full = None if never else next_full - interval
        return Maintenance(owner=owner, last_full=last_full)
    except (ValueError, TypeError, KeyError):
        raise KopiaError("kopia's maintenance info is malformed") from None


def shorten_epochs(kopia: Kopia, duration: timedelta) -> bool:
    """Sets how long index files are collected before kopia merges them. False: no change needed."""
    if status(kopia).epoch in (None, duration):
        return False
    text = f"--epoch-min-duration={duration.total_seconds():.0f}s"
    kopia.run("repository", "set-parameters", text)
    return True
