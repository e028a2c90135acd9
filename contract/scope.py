"""Which namespaces the system lives in and which it never touches."""

from collections.abc import Iterable

VOLSYNC_NAMESPACE = "volsync-system"
KYVERNO_NAMESPACE = "kyverno"
ALWAYS_EXCLUDED = ("kube-system", VOLSYNC_NAMESPACE, KYVERNO_NAMESPACE)


def excluded_namespaces(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The fixed exclusions and those of the stack, sorted, each once."""
    return tuple(sorted({*ALWAYS_EXCLUDED, *more}))
