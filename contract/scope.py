"""Which namespaces the system lives in and which it never touches."""

from collections.abc import Iterable

VOLSYNC_NAMESPACE = "volsync-system"
KYVERNO_NAMESPACE = "kyverno"
ALWAYS_EXCLUDED = ("kube-system", VOLSYNC_NAMESPACE, KYVERNO_NAMESPACE)

# What components make and alerts watch, in VolSync's namespace.
MOVER = "kopia-mover"
MAINTENANCE = "kopia-maintenance"
# The restore drill: its namespace and all that is in it bear this name, and so does the ConfigMap
# in VolSync's namespace that keeps what it has proven.
RESTORE_PROOF = "kopia-restore-proof"
KOPIA_UI = "kopia-ui"
# The stack's own VolSync.
VOLSYNC_RELEASE = "volsync"
# Names that the charts give.
VOLSYNC_DEPLOYMENT = VOLSYNC_RELEASE
KYVERNO_ADMISSION = "kyverno-admission-controller"
KYVERNO_DEPLOYMENTS = (
    KYVERNO_ADMISSION,
    "kyverno-background-controller",
    "kyverno-cleanup-controller",
)
# Kyverno's name for the webhooks of policies that deny.
KYVERNO_WEBHOOKS = "kyverno-resource-validating-webhook-cfg"


def excluded_namespaces(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The fixed exclusions and those of the stack, sorted, each once."""
    return tuple(sorted({*ALWAYS_EXCLUDED, *more}))
