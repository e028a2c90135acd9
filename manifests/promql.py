"""Expressions that alert rules and the dashboard share. `more` are further matchers of labels."""

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
# Meant by whoever set the stack up, or over by itself before long.
_MEANT = "|".join((Reason.EXCLUDED, Reason.NOT_BOUND, Reason.FIRST_BACKUP))
_UNPROTECTED = f'verdict="{Verdict.UNPROTECTED}"', f'reason!~"{_MEANT}"'


def chosen(series: str, *matchers: str) -> str:
    """Those of a metric's series that match."""
    return f"{series}{{{', '.join(matchers)}}}"


def tiered(*more: str) -> str:
    """PVCs that are to be backed up.

    kube-state-metrics needs metricLabelsAllowlist persistentvolumeclaims=[backup] for this.
    """
    return f"max by (namespace, persistentvolumeclaim) ({chosen(PVC_LABELS, _TIER, *more)})"


def in_phase(phase: str, *more: str) -> str:
    """PVCs that are Bound, or Pending."""
    series = chosen(PVC_PHASE, f'phase="{phase}"', *more)
    return f"max by (namespace, persistentvolumeclaim) ({series} == 1)"


def grown(series: str, window: str) -> str:
    """By how much a counter grew. increase() alone does not see a series appear."""
    return f"({series} unless {series} offset {window}) or increase({series}[{window}])"


def grew(series: str, window: str, by: str, is_much: str = "> 0") -> str:
    """Where a counter grew, or grew much, counted by these labels."""
    return f"sum by ({by}) ({grown(series, window)}) {is_much}"


def available(namespace: str, *deployments: str) -> str:
    """How many of the deployments have a pod; 0 also where nothing is known of them."""
    series = chosen(AVAILABLE, f'namespace="{namespace}"', f'deployment=~"{"|".join(deployments)}"')
    return f"(count({series} > 0) or vector(0))"


def source_of(series: str) -> str:
    """A source's series, with the labels that kube-state-metrics gives its PVC."""
    pvc = f"(.+){SOURCE_SUFFIX}"
    named = f'label_replace({series}, "persistentvolumeclaim", "$1", "obj_name", "{pvc}")'
    placed = f'label_replace({named}, "namespace", "$1", "obj_namespace", "(.+)")'
    return f"max by (namespace, persistentvolumeclaim) ({placed})"


def in_use() -> str:
    """Share of the repository's volume. A pod that has just started knows of no volume at all."""
    return f"max(1 - {metrics.REPOSITORY_FREE} / ({metrics.REPOSITORY_SIZE} > 0))"


def denials(*more: str) -> str:
    """What the gates have denied."""
    return chosen(DENIALS, _GATES, 'result="fail"', *more)


def unprotected(*more: str) -> str:
    """PVCs that nothing would restore and nobody means to lose."""
    return chosen(metrics.AUDIT_PVCS, *_UNPROTECTED, *more)
