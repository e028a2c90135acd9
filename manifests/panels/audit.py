"""The audit: what is protected, what is not, and why."""

from contract import metrics
from manifests import promql
from manifests.grafana.current import VALUE, Stat, Table
from manifests.grafana.over_time import Graph
from manifests.grafana.panel import GREEN, RED, Query, Row
from manifests.grafana.variable import namespace_matcher

_IN_NAMESPACE = namespace_matcher("pvc_namespace")
_HEADINGS = {"pvc_namespace": "Namespace", "pvc": "PVC", "reason": "Reason"}
_COUNTS = (
    f"max by ({', '.join(metrics.AUDIT_COUNT_LABELS)}) ({metrics.AUDIT_PVCS}{{{_IN_NAMESPACE}}})"
)
_BROKEN = (
    f"max by ({', '.join(metrics.AUDIT_PVC_LABELS)}) ({metrics.AUDIT_BROKEN}{{{_IN_NAMESPACE}}})"
)

ROW = Row(
    "Audit",
    (
        Stat(
            title="Audit",
            description="Blind, or no data: it does not run or cannot read the cluster, and nobody"
            " sees what is not protected.",
            queries=(Query(f"max({metrics.AUDIT_READY})"),),
            alerts=("AuditBlind",),
            words={0: ("blind", RED), 1: ("sees all", GREEN)},
            width=4,
            height=8,
        ),
        Stat(
            title="Backups without a PVC",
            description="Identities in the repository that no PVC claims. After a rebuild, PVCs"
            " that did not come back yet; else backups of PVCs that are gone.",
            queries=(Query(f"max({metrics.AUDIT_UNCLAIMED})"),),
            width=4,
            height=8,
        ),
        Graph(
            title="PVCs by verdict",
            description="Broken and unprotected PVCs would not come back. A restoring one waits for"
            " its data.",
            queries=(Query(f"sum by (verdict) ({_COUNTS})", "{{verdict}}"),),
            width=16,
        ),
        Table(
            title="Broken",
            description="Labelled PVCs that would not come back as their label promises. The reason"
            " names the link of the chain to look at.",
            queries=(Query(f"{_BROKEN} == 1"),),
            alerts=("PvcBackupBroken",),
            columns={name: _HEADINGS[name] for name in metrics.AUDIT_PVC_LABELS},
        ),
        Table(
            title="Not protected",
            description="PVCs that nothing would restore. Label them, or say why not.",
            queries=(
                Query(
                    f"max by (pvc_namespace, reason) ({promql.unprotected_pvcs(_IN_NAMESPACE)}) > 0"
                ),
            ),
            alerts=("PvcsUnprotected",),
            columns={"pvc_namespace": "Namespace", "reason": "Reason", VALUE: "PVCs"},
        ),
    ),
)
