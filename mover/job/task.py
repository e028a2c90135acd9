"""What a Job has to do: one JSON object in one variable, from the controller to the Job."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from contract.environment import STATE_PATH, SettingsError, Unreadable
from contract.names import DATA_PATH, Identity
from contract.repository import MOUNT_PATH, SECRET_MOUNT
from contract.schedule import Retention

VARIABLE = "MOVER_TASK"
# Kopia removes a marker beside its target when a restore ends, so the target's parent must be
# writable, which the root of a mover's file system is not.
RESTORE_PATH = f"{STATE_PATH}/data"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What only a backup needs."""

    retention: Retention
    unreadable_files: Unreadable = Unreadable.FAIL
    accepted_loss: str = ""  # the snapshot whose loss of data a person has accepted
    pvc_uid: str = ""  # "" where the PVC has gone since its snapshot was taken
    restored_from: str = ""  # the snapshot that the PVC was filled from when it was made
    is_live: bool = False  # it reads the PVC itself, not a frozen copy

    def __post_init__(self) -> None:
        if min(self.retention.items().values()) < 0:
            raise ValueError("a count of snapshots to keep is negative")


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """When a Job was made, by the API server's clock, and the seconds within which it begins."""

    at: datetime
    start_deadline: float


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one Job is to do, once: a backup, or without one a restore; and where all of it lies."""

    repository_id: str
    identity: Identity
    deadline: float  # seconds, of each kopia
    ordered: Ordered
    backup: Backup | None = None
    snapshot: str = ""  # what a restore brings back; "" is the newest complete one
    data: str
    repository: str = MOUNT_PATH
    secret: str = SECRET_MOUNT
    state: str = STATE_PATH


def backup(
    repository_id: str, identity: Identity, deadline: float, ordered: Ordered, what: Backup
) -> Task:
    """The order of a backup in a pod of ours."""
    return Task(
        repository_id=repository_id,
        identity=identity,
        deadline=deadline,
        ordered=ordered,
        backup=what,
        data=DATA_PATH,
    )


def restore(
    repository_id: str, identity: Identity, deadline: float, ordered: Ordered, snapshot: str
) -> Task:
    """The order of a restore in a pod of ours."""
    return Task(
        repository_id=repository_id,
        identity=identity,
        deadline=deadline,
        ordered=ordered,
        snapshot=snapshot,
        data=RESTORE_PATH,
    )


def encode(task: Task) -> str:
    """The order as JSON, with all its keys."""
    return msgspec.json.encode(task).decode()


def decode(text: str) -> Task:
    """The order. Raises SettingsError that names each key too many or too few, or a wrong one."""
    try:
        raw = msgspec.json.decode(text)
        task = msgspec.convert(raw, Task)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"{VARIABLE} is no order of this image: {error}") from None
    given, known = set(_keys(raw)), set(_keys(asdict(task)))
    wrong = [
        *(f"the key {key} is not known" for key in sorted(given - known)),
        *(f"the key {key} is missing" for key in sorted(known - given)),
    ]
    if wrong:
        raise SettingsError(f"{VARIABLE} is no order of this image: {', '.join(wrong)}")
    return task


def _keys(item: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The paths of all keys."""
    for key, value in item.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}.")


def read(environ: Mapping[str, str]) -> Task:
    """The order in a Job's environment. Raises SettingsError where there is none or a wrong one."""
    if VARIABLE not in environ:
        raise SettingsError(f"{VARIABLE} is missing: the controller writes it into its Jobs")
    return decode(environ[VARIABLE])
