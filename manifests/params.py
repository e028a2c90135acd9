"""The settings of a stack that policies depend on."""

from dataclasses import dataclass

from contract import schedule, scope
from contract.answer import SERVICE
from contract.repository import SECRET_STORE, NfsExport


@dataclass(frozen=True, kw_only=True)
class PolicyParams:
    """Everything in which the policies of two installations can differ."""

    excluded: tuple[str, ...] = scope.excluded_namespaces()
    # None: the mover mounts the repository itself and volsync-nfs-inject is not deployed.
    export: NfsExport | None = None
    plumber_url: str = f"http://{SERVICE}.{scope.VOLSYNC_NAMESPACE}.svc"
    secret_store: str = SECRET_STORE
    spread: bool = True
    window: int = schedule.DEFAULT_WINDOW
    cleanup: str = schedule.CLEANUP

    def __post_init__(self) -> None:
        if missing := set(scope.ALWAYS_EXCLUDED) - set(self.excluded):
            raise ValueError(f"excluded namespaces lack {', '.join(sorted(missing))}")
        if not 1 <= self.window <= schedule.MAX_WINDOW:
            raise ValueError(f"window must be 1 to {schedule.MAX_WINDOW} minutes")
        if self.plumber_url.endswith("/"):
            raise ValueError("plumber_url must not end in a slash")
