"""Which namespaces the system lives in and which it never touches."""

from collections.abc import Iterable

VOLSYNC_NAMESPACE = "volsync-system"
KYVERNO_NAMESPACE = "kyverno"
# The namespace where movers work, apart from applications.
MOVERS_NAMESPACE = "kopia-movers"
CLUSTER_DOMAIN = "cluster.local"  # Kubernetes' default
# Kubernetes' own three: Kyverno's default settings pass all that is created there.
ALWAYS_EXCLUDED = (
    "kube-system",
    "kube-public",
    "kube-node-lease",
    VOLSYNC_NAMESPACE,
    KYVERNO_NAMESPACE,
    MOVERS_NAMESPACE,
)

# What components make and alerts watch, in VolSync's namespace.
MOVER = "kopia-mover"
MAINTENANCE = "kopia-maintenance"
# The restore drill: its namespace and all that is in it bear this name, and so does the ConfigMap
# in VolSync's namespace that keeps what it has proven.
RESTORE_PROOF = "kopia-restore-proof"
KOPIA_UI = "kopia-ui"
# Where the stack itself has the repository's password fetched, now or after a change of its mode.
PASSWORD_NAMESPACES = (VOLSYNC_NAMESPACE, MOVERS_NAMESPACE, RESTORE_PROOF)
# The stack's own VolSync.
VOLSYNC_RELEASE = "volsync"
# Names that the charts give; VolSync's account is named like its release.
VOLSYNC_DEPLOYMENT = VOLSYNC_RELEASE
# How the API server names who asks.
_ACCOUNT = "system:serviceaccount:"
MOVER_ACCOUNT = f"{_ACCOUNT}{VOLSYNC_NAMESPACE}:{MOVER}"
VOLSYNC_ACCOUNT = f"{_ACCOUNT}{VOLSYNC_NAMESPACE}:{VOLSYNC_RELEASE}"
# A controller-manager that gives its controllers no accounts asks for all of them as itself.
_CONTROLLERS = "system:kube-controller-manager"
JOB_CONTROLLERS = (f"{_ACCOUNT}kube-system:job-controller", _CONTROLLERS)
VOLUME_BINDERS = (f"{_ACCOUNT}kube-system:persistent-volume-binder", _CONTROLLERS)
KYVERNO_ADMISSION = "kyverno-admission-controller"
KYVERNO_BACKGROUND = "kyverno-background-controller"
# Kyverno generates as this one; the chart names the account like the Deployment.
KYVERNO_ACCOUNT = f"{_ACCOUNT}{KYVERNO_NAMESPACE}:{KYVERNO_BACKGROUND}"
KYVERNO_DEPLOYMENTS = (
    KYVERNO_ADMISSION,
    KYVERNO_BACKGROUND,
    "kyverno-cleanup-controller",
)
# Kyverno's name for the webhooks of policies that deny.
KYVERNO_WEBHOOKS = "kyverno-resource-validating-webhook-cfg"


def service_host(service: str, domain: str) -> str:
    """The absolute name of a Service in VolSync's namespace.

    The dot at its end keeps resolvers from trying their search list first, where the name
    `<service>.<namespace>.svc` is also that of a pod in a namespace `svc`.
    """
    return f"{service}.{VOLSYNC_NAMESPACE}.svc.{domain}."


def excluded_namespaces(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The fixed exclusions and those of the stack, sorted, each once."""
    return tuple(sorted({*ALWAYS_EXCLUDED, *more}))
