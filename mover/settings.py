"""What the mover's five programs read from their environment. Nothing else here reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from contract.names import DATA_PATH, Identity
from contract.repository import MOUNT_PATH, SECRET_MOUNT, NfsExport
from contract.schedule import RETENTION
from contract.scope import VOLSYNC_NAMESPACE

INJECT = "inject"
NATIVE = "native"
FAIL = "fail"
WARN = "warn"
HOUR = 3600.0  # seconds


class SettingsError(ValueError):
    """The environment cannot be used; the text names every wrong variable, never a value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the controller works."""

    image: str
    nfs_mode: str
    nfs: NfsExport | None  # only in native mode
    snapshot_class: str  # "" leaves the choice to the cluster's default
    timezone: str
    max_jobs: int
    max_jobs_per_node: int
    unreadable: str  # what a file that cannot be read does to its backup: FAIL or WARN
    repository_namespace: str
    job_deadline: float  # seconds that a Job may take once its pod can work
    start_deadline: float  # seconds until its container must have started
    cpu: str
    memory: str
    metrics_port: int
    probe_port: int
    drills: str = ""  # the schedule of the restore drill; "" where there is none


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


@dataclass(frozen=True, kw_only=True)
class RepositorySettings:
    """What bootstrap, maintenance and the restore drill need."""

    unique_id: str  # "" where the stack pins none
    namespace: str
    repository: str
    state: str
    deadline: float
    schedule: str = ""  # of full maintenance; "" is each time
    timezone: str = "UTC"


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

STATE_PATH = "/state"
# Kopia removes a marker beside its target when a restore ends, so the target's parent must be
# writable, which the root of a mover's file system is not.
RESTORE_PATH = f"{STATE_PATH}/data"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The controller's settings."""
    read = _Reader(environ)
    mode = read.choice("MOVER_NFS_MODE", INJECT, NATIVE)
    settings = Settings(
        image=read.text("MOVER_IMAGE"),
        nfs_mode=mode,
        nfs=read.nfs("MOVER_NFS_SERVER", "MOVER_NFS_PATH") if mode == NATIVE else None,
        snapshot_class=read.text("MOVER_SNAPSHOT_CLASS", ""),
        timezone=read.zone("MOVER_TIMEZONE", "UTC"),
        max_jobs=int(read.number("MOVER_MAX_JOBS", 4)),
        max_jobs_per_node=int(read.number("MOVER_MAX_JOBS_PER_NODE", 2)),
        unreadable=read.choice(UNREADABLE, FAIL, WARN),
        repository_namespace=read.text("MOVER_REPOSITORY_NAMESPACE", VOLSYNC_NAMESPACE),
        job_deadline=read.number("MOVER_JOB_DEADLINE", 24 * HOUR),
        start_deadline=read.number("MOVER_START_DEADLINE", HOUR / 6),
        cpu=read.text("MOVER_JOB_CPU", "50m"),
        memory=read.text("MOVER_JOB_MEMORY", "128Mi"),
        metrics_port=int(read.number("MOVER_METRICS_PORT", 8080)),
        probe_port=int(read.number("MOVER_PROBE_PORT", 8081)),
        drills=read.text("MOVER_DRILLS", ""),
    )
    read.finish()
    return settings


def load_job(environ: Mapping[str, str] = os.environ) -> JobSettings:
    """A Job's settings."""
    read = _Reader(environ)
    job = JobSettings(
        repository_id=read.text(REPOSITORY_ID),
        identity=Identity(read.text(USERNAME), read.text(HOSTNAME)),
        snapshot=read.text(SNAPSHOT, ""),
        retention=read.counts(RETAIN, RETENTION.items()),
        unreadable=read.choice(UNREADABLE, FAIL, WARN),
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


def load_repository(prefix: str, environ: Mapping[str, str] = os.environ) -> RepositorySettings:
    """The settings of bootstrap (`BOOTSTRAP_`), maintenance (`MAINTENANCE_`), drill (`DRILL_`)."""
    read = _Reader(environ)
    found = RepositorySettings(
        unique_id=read.text(f"{prefix}UNIQUE_ID", ""),
        namespace=read.text(f"{prefix}NAMESPACE", VOLSYNC_NAMESPACE),
        repository=read.text(f"{prefix}REPOSITORY", MOUNT_PATH),
        state=read.text(f"{prefix}STATE", STATE_PATH),
        deadline=read.number(f"{prefix}DEADLINE", HOUR),
        schedule=read.text(f"{prefix}SCHEDULE", ""),
        timezone=read.zone(f"{prefix}TIMEZONE", "UTC"),
    )
    read.finish()
    return found


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

    def zone(self, key: str, default: str) -> str:
        name = self.text(key, default)
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            self.wrong.append(key)
        return name

    def counts(self, key: str, default: Mapping[str, int]) -> dict[str, int]:
        found = dict(default)
        for part in filter(None, self._environ.get(key, "").split(",")):
            name, _, count = part.partition("=")
            if name not in found or not count.isdecimal():
                self.wrong.append(key)
            else:
                found[name] = int(count)
        return found

    def nfs(self, server: str, path: str) -> NfsExport | None:
        try:
            return NfsExport(self.text(server), self.text(path))
        except ValueError:
            self.wrong.extend((server, path))
            return None

    def finish(self) -> None:
        if self.wrong:
            raise SettingsError(f"missing or malformed: {', '.join(sorted(set(self.wrong)))}")
