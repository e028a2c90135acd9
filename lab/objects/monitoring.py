"""The account of kube-state-metrics, which only reads."""

from lab.objects.access import READ, account, namespace, rule

NAMESPACE = "monitoring"
STATE_METRICS = "kube-state-metrics"
ACCOUNTS = {STATE_METRICS: NAMESPACE}


def objects() -> list[dict]:
    """Namespace, account and rights."""
    state = [
        rule("", ["persistentvolumeclaims"], READ),
        rule("apps", ["deployments"], READ),
        rule("batch", ["cronjobs"], READ),
    ]
    return [
        namespace(NAMESPACE),
        *account(NAMESPACE, STATE_METRICS, state),
    ]
