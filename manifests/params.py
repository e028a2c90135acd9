"""The settings of a stack that policies depend on."""

from dataclasses import dataclass, field

from contract import schedule, scope
from contract.answer import SERVICE
from contract.environment import Isolation
from contract.repository import NfsExport, PasswordSource


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When backups start and orphans are removed: the stack's section `schedule`."""

    spread: bool = True
    """Whether each PVC has a minute of its own; `false`: the literal `0 * * * *` and `0 2 * *
    *`."""
    window: int = field(
        default=schedule.DEFAULT_WINDOW,
        metadata={"ge": 1, "le": schedule.MAX_WINDOW, "title": "minutes"},
    )
    """How long after 02:00 daily backups go on starting."""
    cleanup: str = field(default=schedule.CLEANUP, metadata={"min_length": 1, "title": "cron"})
    """When objects of PVCs that lost their label are removed."""


def plumber_url(domain: str) -> str:
    """Where policies ask pvc-plumber, in a cluster of this domain."""
    return f"http://{scope.service_host(SERVICE, domain)}"


@dataclass(frozen=True, kw_only=True)
class PolicyParams(Schedule):
    """Everything in which the policies of two installations can differ."""

    excluded: tuple[str, ...] = scope.excluded_namespaces()
    # None: the mover mounts the repository itself and volsync-nfs-inject is not deployed.
    export: NfsExport | None = None
    plumber_url: str = plumber_url(scope.CLUSTER_DOMAIN)
    password: PasswordSource = field(default_factory=PasswordSource)
    # No pod of an application mounts it, whoever mounts it into movers. None: it is not known.
    repository: NfsExport | None = None
    # Namespaces whose pods mount it.
    mounted_in: tuple[str, ...] = (scope.VOLSYNC_NAMESPACE, scope.MOVERS_NAMESPACE)
    isolation: Isolation = Isolation.SYSTEM
    in_namespaces: tuple[str, ...] = ()  # where movers work all the same
    # Whether nobody else uses the store that the password is in.
    reserved: bool = True

    def __post_init__(self) -> None:
        if missing := set(scope.ALWAYS_EXCLUDED) - set(self.excluded):
            raise ValueError(f"excluded namespaces lack {', '.join(sorted(missing))}")
        if not 1 <= self.window <= schedule.MAX_WINDOW:
            raise ValueError(f"window must be 1 to {schedule.MAX_WINDOW} minutes")
        if self.plumber_url.endswith("/"):
            raise ValueError("plumber_url must not end in a slash")

    @property
    def has_secrets(self) -> bool:
        """Whether a PVC anywhere has a Secret of its own."""
        return not self.is_apart or bool(self.in_namespaces)

    @property
    def is_apart(self) -> bool:
        """Whether movers work in a namespace of their own, but for `in_namespaces`."""
        return self.isolation is Isolation.SYSTEM
