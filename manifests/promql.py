"""PromQL that alert rules and the dashboard share. `more` are further label matchers."""

from contract import labels, metrics
from contract.audit import Reason, Verdict
from contract.names import SOURCE_SUFFIX
from contract.schedule import TIERS
from manifests.policies import bind_gate, claim, restore_gate

ALERTS = "ALERTS"
PVC_LABELS = "kube_persistentvolumeclaim_labels"
PVC_PHASE = "kube_persistentvolumeclaim_status_phase"
AVAILABLE = "kube_deployment_status_replicas_available"
DENIALS = "kyverno_validating_policy_results_total"

SOURCE = f'role="{labels.SOURCE}"'
KOPIA = f'method="{metrics.METHOD}"'

_TIER = f'label_{labels.BACKUP}=~"{"|".join(TIERS)}"'
_GATES = f'policy_name=~"{claim.BACKUP_RESTORE}|{restore_gate.NAME}|{bind_gate.NAME}"'
# Chosen by whoever set the stack up, or temporary.
_ACCEPTED_REASONS = "|".join((Reason.EXCLUDED, Reason.NOT_BOUND, Reason.FIRST_BACKUP))
_UNPROTECTED = f'verdict="{Verdict.UNPROTECTED}"', f'reason!~"{_ACCEPTED_REASONS}"'


def selector(series: str, *matchers: str) -> str:
    """The series of a metric that match."""
    return f"{series}{{{', '.join(matchers)}}}"


def tiered_pvcs(*more: str) -> str:
    """PVCs with a tier label.

    kube-state-metrics needs metricLabelsAllowlist persistentvolumeclaims=[backup] for this.
    """
    return f"max by (namespace, persistentvolumeclaim) ({selector(PVC_LABELS, _TIER, *more)})"


def pvcs_in_phase(phase: str, *more: str) -> str:
    """PVCs in a phase such as Bound or Pending."""
    series = selector(PVC_PHASE, f'phase="{phase}"', *more)
    return f"max by (namespace, persistentvolumeclaim) ({series} == 1)"


def growth(series: str, window: str) -> str:
    """Growth of a counter in a window. increase() alone misses the first value of a new series."""
    return f"({series} unless {series} offset {window}) or increase({series}[{window}])"


def growth_by(series: str, window: str, by: str, comparison: str = "> 0") -> str:
    """Growth of a counter summed by labels, where it passes the comparison."""
    return f"sum by ({by}) ({growth(series, window)}) {comparison}"


def available_deployments(namespace: str, *deployments: str) -> str:
    """Number of these deployments with an available pod; 0 also where there are no metrics."""
    series = selector(
        AVAILABLE, f'namespace="{namespace}"', f'deployment=~"{"|".join(deployments)}"'
    )
    return f"(count({series} > 0) or vector(0))"


def by_pvc(series: str) -> str:
    """The series of ReplicationSources under the labels that kube-state-metrics gives PVCs."""
    with_pvc = (
        f'label_replace({series}, "persistentvolumeclaim", "$1", "obj_name", "(.+){SOURCE_SUFFIX}")'
    )
    with_namespace = f'label_replace({with_pvc}, "namespace", "$1", "obj_namespace", "(.+)")'
    return f"max by (namespace, persistentvolumeclaim) ({with_namespace})"


def repository_usage() -> str:
    """Used share of the repository's volume. A pod that has just started reports no size yet."""
    return f"max(1 - {metrics.REPOSITORY_FREE} / ({metrics.REPOSITORY_SIZE} > 0))"


def denials(*more: str) -> str:
    """Denials by the gates."""
    return selector(DENIALS, _GATES, 'result="fail"', *more)


def unprotected_pvcs(*more: str) -> str:
    """PVCs that would not be restored, except for reasons that are accepted."""
    return selector(metrics.AUDIT_PVCS, *_UNPROTECTED, *more)
