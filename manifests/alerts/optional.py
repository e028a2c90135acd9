"""Alerts of parts that a stack may leave out; they go where their part goes."""

from contract import metrics
from manifests import promql
from manifests.alerts.alert import Alert

DRILL_ALERTS = (
    Alert(
        name="RestoreProofFailed",
        expr=f"{metrics.RESTORE_PROOF_FAILED} == 1",
        severity="critical",
        summary="The newest backup of {{ $labels.pvc_namespace }}/{{ $labels.pvc }} could not be"
        " restored by the drill.",
    ),
    Alert(
        name="RestoreProofOld",
        expr=f"{metrics.RESTORE_PROOF_OLD} == 1",
        summary="No drill has restored {{ $labels.pvc_namespace }}/{{ $labels.pvc }} for too long.",
    ),
    Alert(
        name="RestoreDrillFails",
        expr=f"max({metrics.DRILL_FAILED}) == 1 or max({metrics.DRILL_LATE}) == 1",
        wait="15m",
        summary="The restore drill does not run, or cannot use the repository.",
    ),
)

AUDIT_ALERTS = (
    Alert(
        name="AuditBlind",
        expr=f"max({metrics.AUDIT_READY}) == 0 or absent({metrics.AUDIT_READY})",
        wait="15m",
        summary="The audit does not run, or cannot read the cluster: nobody sees what is not"
        " protected.",
    ),
    Alert(
        name="PvcBackupBroken",
        expr=f"max by (pvc_namespace, pvc, reason) ({metrics.AUDIT_BROKEN}) == 1",
        wait="30m",
        severity="critical",
        summary="{{ $labels.pvc_namespace }}/{{ $labels.pvc }} is not backed up or restored as its"
        " label says: {{ $labels.reason }}.",
    ),
    Alert(
        name="PvcsUnprotected",
        expr=f"max by (pvc_namespace, reason) ({promql.unprotected()}) > 0",
        wait="1h",
        summary="{{ $value }} PVCs in {{ $labels.pvc_namespace }} are not protected:"
        " {{ $labels.reason }}.",
    ),
)
