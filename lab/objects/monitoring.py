"""The accounts of Prometheus and kube-state-metrics: they only look."""

from lab.objects.access import READ, account, namespace, rule

NAMESPACE = "monitoring"
PROMETHEUS = "prometheus"
STATE_METRICS = "kube-state-metrics"
ACCOUNTS = dict.fromkeys((PROMETHEUS, STATE_METRICS), NAMESPACE)


def objects() -> list[dict]:
    """Namespace, accounts and rights."""
    targets = [rule("", ["services", "endpoints", "pods"], READ)]
    state = [
        rule("", ["persistentvolumeclaims"], READ),
        rule("apps", ["deployments"], READ),
        rule("batch", ["cronjobs"], READ),
    ]
    return [
        namespace(NAMESPACE),
        *account(NAMESPACE, PROMETHEUS, targets),
        *account(NAMESPACE, STATE_METRICS, state),
    ]
