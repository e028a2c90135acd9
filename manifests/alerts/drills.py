"""Alerts about restore drills; a stack without drills leaves them out."""

from contract import metrics
from manifests.alerts.alert import Alert

ALERTS = (
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
