"""Restore drills: whether backups have been proven to come back."""

from contract import metrics
from manifests.grafana.current import Bars, Stat, Table
from manifests.grafana.panel import GREEN, RED, Query, Row, Unit, good_from
from manifests.grafana.variable import namespace_matcher
from manifests.panels.backups import TOP

PVC = {"pvc_namespace": "Namespace", "pvc": "PVC"}


def _each(metric: str) -> str:
    return f"max by ({', '.join(PVC)}) ({metric}{{{namespace_matcher('pvc_namespace')}}})"


ROW = Row(
    "Restore drills",
    (
        Stat(
            title="PVCs proven of late",
            description="Share of the PVCs that a drill has restored lately. Below 100 %: see on"
            " the right which not.",
            queries=(Query(f"1 - avg({_each(metrics.RESTORE_PROOF_OLD)})"),),
            alerts=("RestoreProofOld",),
            unit=Unit.SHARE,
            scale=good_from(1),
            width=4,
            height=8,
        ),
        Stat(
            title="Drills",
            description="Failed: the last one proved nothing. Late: none has ended for three slots."
            " Backups go on, but nobody knows whether they can be restored.",
            queries=(
                Query(f"max({metrics.DRILL_FAILED})", "failed"),
                Query(f"max({metrics.DRILL_LATE})", "late"),
            ),
            alerts=("RestoreDrillFails",),
            words={0: ("no", GREEN), 1: ("yes", RED)},
            width=4,
            height=8,
        ),
        Bars(
            title=f"Oldest proofs: top {TOP}",
            description="Long: drills are too rare for so many PVCs, or skip this one. A PVC that"
            " no drill ever restored has no bar.",
            queries=(
                Query(
                    f"sort_desc(topk({TOP}, time() - {_each(metrics.RESTORE_PROOF_TIME)} >= 0))",
                    "{{pvc_namespace}}/{{pvc}}",
                ),
            ),
            unit=Unit.SECONDS,
            width=16,
        ),
        Table(
            title="Drills that failed",
            description="The newest backup of these PVCs did not come back whole. Do not delete the"
            " PVC; back it up anew.",
            queries=(Query(f"{_each(metrics.RESTORE_PROOF_FAILED)} == 1"),),
            alerts=("RestoreProofFailed",),
            columns=PVC,
        ),
        Table(
            title="Not proven for too long",
            description="PVCs whose backup no drill has restored for two rounds: too large for the"
            " scratch volume, failed, or drills are too rare.",
            queries=(Query(f"{_each(metrics.RESTORE_PROOF_OLD)} == 1"),),
            alerts=("RestoreProofOld",),
            columns=PVC,
        ),
    ),
)
