"""What a mover's Job reads from its environment, as the controller wrote it into the Job."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from contract.environment import HOUR, STATE_PATH, SettingsError, Unreadable
from contract.names import DATA_PATH, Identity
from contract.repository import MOUNT_PATH, SECRET_MOUNT
from contract.schedule import RETENTION


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """What one mover Job is to do, as the controller wrote it into the Job."""

    repository_id: str
    identity: Identity
    snapshot: str  # destination: "" means the newest complete one
    retention: Mapping[str, int]
    unreadable: str
    accepted: str  # source: the snapshot whose loss of files a person has accepted
    deadline: float
    data: str
    repository: str
    secret: str
    state: str
    is_live: bool = False  # source: in use, so that its content may change meanwhile


# Names of the variables that the controller hands to its Jobs.
REPOSITORY_ID = "MOVER_REPOSITORY_ID"
USERNAME = "MOVER_USERNAME"
HOSTNAME = "MOVER_HOSTNAME"
SNAPSHOT = "MOVER_SNAPSHOT"
RETAIN = "MOVER_RETAIN"
UNREADABLE = "MOVER_UNREADABLE"
ACCEPTED = "MOVER_ACCEPTED"
LIVE = "MOVER_LIVE"
DEADLINE = "MOVER_DEADLINE"
STATE = "MOVER_STATE"
DATA = "MOVER_DATA"
REPOSITORY = "MOVER_REPOSITORY"
SECRET = "MOVER_SECRET"  # noqa: S105 - the name of a variable

# Kopia removes a marker beside its target when a restore ends, so the target's parent must be
# writable, which the root of a mover's file system is not.
RESTORE_PATH = f"{STATE_PATH}/data"


def load_job(environ: Mapping[str, str] = os.environ) -> JobSettings:
    """A Job's settings."""
    read = _Reader(environ)
    job = JobSettings(
        repository_id=read.text(REPOSITORY_ID),
        identity=Identity(read.text(USERNAME), read.text(HOSTNAME)),
        snapshot=read.text(SNAPSHOT, ""),
        retention=read.counts(RETAIN, RETENTION.items()),
        unreadable=read.choice(UNREADABLE, Unreadable.FAIL, Unreadable.WARN),
        accepted=read.text(ACCEPTED, ""),
        is_live=read.choice(LIVE, "false", "true") == "true",
        deadline=read.number(DEADLINE, 24 * HOUR),
        data=read.text(DATA, DATA_PATH),
        repository=read.text(REPOSITORY, MOUNT_PATH),
        secret=read.text(SECRET, SECRET_MOUNT),
        state=read.text(STATE, STATE_PATH),
    )
    read.finish()
    return job


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.wrong: list[str] = []

    def text(self, key: str, default: str | None = None) -> str:
        value = self._environ.get(key, "").strip() or default
        if value is None:
            self.wrong.append(key)
        return value or ""

    def number(self, key: str, default: float) -> float:
        try:
            value = float(self._environ.get(key, "").strip() or default)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            self.wrong.append(key)
            return default
        return value

    def choice(self, key: str, default: str, other: str) -> str:
        value = self.text(key, default)
        if value not in (default, other):
            self.wrong.append(key)
        return value

    def counts(self, key: str, default: Mapping[str, int]) -> dict[str, int]:
        found = dict(default)
        for part in filter(None, self._environ.get(key, "").split(",")):
            name, _, count = part.partition("=")
            if name not in found or not count.isdecimal():
                self.wrong.append(key)
            else:
                found[name] = int(count)
        return found

    def finish(self) -> None:
        if self.wrong:
            raise SettingsError(f"missing or malformed: {', '.join(sorted(set(self.wrong)))}")
