"""Environment variables of each program: one class a program, one field a variable.

A component writes it, the program reads it, so that a name, a default and a limit stand here and
nowhere else. Limits are told in a field's metadata in pydantic's words, which lets `MoverOptions`
be a section of the stack as it is.
"""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, Self, get_type_hints
from zoneinfo import ZoneInfo

from contract import admission, policies
from contract.answer import PORT
from contract.names import require_namespaces
from contract.pods import MoverPods
from contract.repository import (
    KEY_PASSWORD,
    MOUNT_PATH,
    PIN_FILE,
    SECRET_MOUNT,
    NfsExport,
)
from contract.scope import MOVERS_NAMESPACE, VOLSYNC_NAMESPACE

HOUR = 3600.0  # seconds
STATE_PATH = "/state"  # where our pods mount what kopia writes: configuration, cache and logs

VARIABLE = "variable"  # in a field's metadata: its variable, where that is not the field's own name
STACK = "stack"  # in a field's metadata: only the stack reads it, no program is told
ZONE = "zone"  # in a field's metadata: it is the name of a time zone
COUNT = {"ge": 1}
SECONDS = {"gt": 0}
WORDS = {
    int: "a whole number",
    float: "a number",
    MoverPods: "the JSON that this release writes",
}


class SettingsError(ValueError):
    """An environment that cannot be used; the text names each wrong variable, and no value."""


class Unreadable(StrEnum):
    """What a file that cannot be read does to its backup."""

    FAIL = "fail"
    WARN = "warn"


class Isolation(StrEnum):
    """Where movers work: in a namespace of their own, or in that of their PVC."""

    SYSTEM = "system"
    NAMESPACE = "namespace"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the movers of each namespace's PVCs work."""

    isolation: Isolation = Isolation.SYSTEM
    in_namespaces: tuple[str, ...] = ()

    def is_apart(self, namespace: str) -> bool:
        """Whether they work in the movers' namespace."""
        return self.isolation is Isolation.SYSTEM and namespace not in self.in_namespaces

    def is_exception(self, namespace: str) -> bool:
        """Whether they work in that namespace although others do not."""
        return self.isolation is Isolation.SYSTEM and namespace in self.in_namespaces


class NfsMode(StrEnum):
    """Who adds the NFS volume to the mover's Jobs: a policy, or the mover itself."""

    INJECT = "inject"
    NATIVE = "native"


def is_time_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """Base of all settings: from and to environment variables."""

    PREFIX: ClassVar[str]

    def to_environment(self) -> dict[str, str]:
        """The variables. A value equal to the program's default is left out."""
        return {
            variable: _text(value)
            for variable, one in _variables(type(self))
            if (value := getattr(self, one.name)) != one.default
        }

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings. Raises SettingsError that names each wrong variable and shows no value."""
        kinds, known = get_type_hints(cls), dict(_variables(cls))
        values: dict[str, Any] = {}
        problems = [
            f"{name} is not known{_meant(name, known)}"
            for name in environ
            if name.startswith(cls.PREFIX) and name not in known
        ]
        for variable, one in known.items():
            if variable not in environ and one.default is not MISSING:
                continue
            try:
                values[one.name] = _value(environ.get(variable, ""), kinds[one.name], one)
            except ValueError:
                problems.append(f"{variable} must be {_wanted(kinds[one.name], one.metadata)}")
        if not problems:
            try:
                return cls(**values)
            except ValueError as error:
                problems.append(str(error))
        raise SettingsError(
            f"{'; '.join(sorted(problems))}:"
            " pulumi up --refresh, with the release of this image, sets its variables right"
        )


def _variables(program: type[Program]) -> list[tuple[str, Field[Any]]]:
    return [
        (program.PREFIX + one.metadata.get(VARIABLE, one.name.upper()), one)
        for one in fields(program)
        if not one.metadata.get(STACK)
    ]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, MoverPods):
        return value.to_json()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _value(text: str, kind: Any, one: Field[Any]) -> Any:
    """A variable's value. Raises ValueError for one that must not be."""
    text = text.strip()
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if not text and (kind is not str or one.default != ""):
        raise ValueError
    value = kind.from_json(text) if kind is MoverPods else kind(text)
    rules = one.metadata
    if isinstance(value, float) and not isfinite(value):
        raise ValueError
    if ("ge" in rules and value < rules["ge"]) or ("gt" in rules and value <= rules["gt"]):
        raise ValueError
    if rules.get(ZONE) and not is_time_zone(value):
        raise ValueError
    return value


def _wanted(kind: Any, rules: Mapping[str, Any]) -> str:
    if rules.get(ZONE):
        return "a time zone name such as Europe/Berlin or UTC"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(kind)
    least = f" of at least {rules['ge']}" if "ge" in rules else ""
    above = f" above {rules['gt']}" if "gt" in rules else ""
    return WORDS.get(kind, "set and not empty") + least + above


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {near[0]}?" if near else ""


@dataclass(frozen=True, kw_only=True)
class MoverOptions(Placement):
    """What a stack may choose of the movers, each with its meaning for the stack's users."""

    isolation: Isolation = Isolation.SYSTEM
    """Where movers work. `system`: in the namespace `kopia-movers`, to which a copy of the volume
    comes, so that no application's namespace has the repository's password or a way to it;
    `namespace`: in the namespace of their PVC."""
    in_namespaces: tuple[str, ...] = ()
    """Namespaces whose movers work in them all the same, as volumes without snapshots need it. They
    have to be there before."""
    quota: dict[str, str] = field(default_factory=dict, metadata={STACK: True})
    """What the namespace `kopia-movers` may use at most: the key `hard` of a ResourceQuota, such as
    `requests.storage: 2Ti`. Movers that find no room wait."""
    max_jobs: int = field(default=4, metadata=COUNT)
    """How many movers work at once in the cluster."""
    max_jobs_per_node: int = field(default=2, metadata=COUNT)
    """How many movers work at once on one node."""
    unreadable_files: Unreadable = field(default=Unreadable.FAIL, metadata={VARIABLE: "UNREADABLE"})
    """What a file that cannot be read does to its backup. `warn` makes the snapshot without it, and
    tells so in an event and a metric."""

    def __post_init__(self) -> None:
        require_namespaces(
            {f"inNamespaces.{place}": name for place, name in enumerate(self.in_namespaces)}
        )


@dataclass(frozen=True, kw_only=True)
class MoverSettings(MoverOptions, Program):
    """Settings of the mover's controller."""

    PREFIX: ClassVar[str] = "MOVER_"

    image: str
    nfs_mode: NfsMode = NfsMode.INJECT
    nfs_server: str = ""
    nfs_path: str = ""
    snapshot_class: str = ""  # "" leaves the choice to the cluster's default
    timezone: str = field(default="UTC", metadata={ZONE: True})
    repository_namespace: str = VOLSYNC_NAMESPACE
    # Seconds that a Job may take once its pod can work.
    job_deadline: float = field(default=24 * HOUR, metadata=SECONDS)
    # Seconds until its container must have started.
    start_deadline: float = field(default=HOUR / 6, metadata=SECONDS)
    pods: MoverPods = field(default=MoverPods())  # of its Jobs
    metrics_port: int = field(default=8080, metadata=COUNT)
    probe_port: int = field(default=8081, metadata=COUNT)
    drills: str = ""  # the schedule of the restore drill; "" where there is none

    def workplace(self, namespace: str) -> str:
        """The namespace in which movers work for PVCs of a namespace."""
        return MOVERS_NAMESPACE if self.is_apart(namespace) else namespace

    @property
    def workplaces(self) -> tuple[str, ...]:
        """The namespaces in which movers work; "" stands for all."""
        is_system = self.isolation is Isolation.SYSTEM
        return (MOVERS_NAMESPACE, *self.in_namespaces) if is_system else ("",)

    def __post_init__(self) -> None:
        try:
            _ = self.export
        except ValueError:
            raise ValueError(
                "MOVER_NFS_SERVER and MOVER_NFS_PATH must name an export where MOVER_NFS_MODE"
                " is native"
            ) from None

    @property
    def export(self) -> NfsExport | None:
        """The NFS export that the mover mounts into its Jobs itself; None where a policy does."""
        if self.nfs_mode is NfsMode.INJECT:
            return None
        return NfsExport(self.nfs_server, self.nfs_path)


@dataclass(frozen=True, kw_only=True)
class RepositorySettings(Program):
    """What bootstrap, maintenance and the restore drill share; paths as their pods mount them."""

    state: str
    unique_id: str = ""  # "" where the stack pins none
    namespace: str = VOLSYNC_NAMESPACE
    repository: str = MOUNT_PATH
    deadline: float = field(default=HOUR, metadata=SECONDS)  # of one kopia


@dataclass(frozen=True, kw_only=True)
class BootstrapSettings(RepositorySettings):
    """Settings of the Job that creates or adopts the repository."""

    PREFIX: ClassVar[str] = "BOOTSTRAP_"


@dataclass(frozen=True, kw_only=True)
class MaintenanceSettings(RepositorySettings):
    """Settings of the CronJob that maintains the repository."""

    PREFIX: ClassVar[str] = "MAINTENANCE_"

    schedule: str = ""  # of full maintenance; "" is each time
    timezone: str = field(default="UTC", metadata={ZONE: True})


@dataclass(frozen=True, kw_only=True)
class DrillSettings(RepositorySettings):
    """Settings of the CronJob that runs restore drills."""

    PREFIX: ClassVar[str] = "DRILL_"


@dataclass(frozen=True, kw_only=True)
class ReaderSettings(Program):
    """What pvc-plumber and the audit share; paths as their pods mount them, times in seconds."""

    PREFIX: ClassVar[str] = "PLUMBER_"

    state: Path  # an emptyDir of its own: kopia's config, cache and log
    host: str = ""  # where it listens; "" is every address of the pod, IPv4 and IPv6
    port: int = field(default=PORT, metadata=COUNT)
    repository: Path = Path(MOUNT_PATH)
    password_file: Path = Path(SECRET_MOUNT, KEY_PASSWORD)
    pin_file: Path = PIN_FILE
    kopia: str = "kopia"
    # Pause between listings: how late a new snapshot is seen.
    refresh: float = field(default=20.0, metadata=SECONDS)
    listing_deadline: float = field(default=60.0, metadata=SECONDS)
    # Still answering after SIGTERM, until out of the endpoints.
    drain: float = field(default=5.0, metadata={"ge": 0})


@dataclass(frozen=True, kw_only=True)
class PlumberSettings(ReaderSettings):
    """Settings of pvc-plumber, and of `plumber.verify` in its pod."""

    ready_age: float = field(default=120.0, metadata=SECONDS)  # older makes the pod unready
    admission_port: int = field(default=admission.PORT, metadata=COUNT)


@dataclass(frozen=True, kw_only=True)
class CanarySettings(Program):
    """Settings of the canary beside each Kyverno."""

    PREFIX: ClassVar[str] = "CANARY_"

    kyverno: str = f"https://127.0.0.1:{policies.WEBHOOK_PORT}"
    port: int = field(default=8444, metadata=COUNT)


@dataclass(frozen=True, kw_only=True)
class AuditSettings(ReaderSettings, Placement):
    """Settings of the audit. Nothing waits for it."""

    refresh: float = field(default=60.0, metadata=SECONDS)
    excluded: tuple[str, ...] = ()  # namespaces without backup
