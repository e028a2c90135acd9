"""Which namespaces the system lives in and which it never touches."""

from collections.abc import Iterable

VOLSYNC_NAMESPACE = "volsync-system"
KYVERNO_NAMESPACE = "kyverno"
ALWAYS_EXCLUDED = ("kube-system", VOLSYNC_NAMESPACE, KYVERNO_NAMESPACE)

# What components make and alerts watch, in VolSync's namespace.
MOVER = "kopia-mover"
MAINTENANCE = "kopia-maintenance"
# Names that the charts give.
VOLSYNC_DEPLOYMENT = "volsync"
KYVERNO_DEPLOYMENTS = (
    "kyverno-admission-controller",
    "kyverno-background-controller",
    "kyverno-cleanup-controller",
)


def excluded_namespaces(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The fixed exclusions and those of the stack, sorted, each once."""
    return tuple(sorted({*ALWAYS_EXCLUDED, *more}))
