"""Alerts about the audit; a stack without it leaves them out."""

from contract import metrics
from manifests import promql
from manifests.alerts.alert import Alert

ALERTS = (
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
        expr=f"max by (pvc_namespace, reason) ({promql.unprotected_pvcs()}) > 0",
        wait="1h",
        summary="{{ $value }} PVCs in {{ $labels.pvc_namespace }} are not protected:"
        " {{ $labels.reason }}.",
    ),
)
