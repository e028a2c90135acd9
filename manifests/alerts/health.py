"""Alerts about the parts that everything else needs: each Deployment, and the alerts themselves."""

from contract import scope
from contract.answer import SERVICE
from contract.scope import VOLSYNC_NAMESPACE
from manifests import promql
from manifests.alerts.alert import Alert

WATCHDOG = "PvcBackupWatchdog"

ALERTS = (
    Alert(
        name=WATCHDOG,
        expr="vector(1)",
        severity="none",
        summary="Always fires. When it stops, alerts no longer reach anybody.",
    ),
    Alert(
        name="PvcPlumberDown",
        expr=f"{promql.available_deployments(VOLSYNC_NAMESPACE, SERVICE)} < 1",
        wait="2m",
        severity="critical",
        summary="No pvc-plumber runs: no PVC with a backup label can be created.",
    ),
    Alert(
        name="KopiaMoverDown",
        expr=f"{promql.available_deployments(VOLSYNC_NAMESPACE, scope.MOVER)} < 1",
        wait="5m",
        severity="critical",
        summary="No mover runs: nothing is backed up or restored.",
    ),
    Alert(
        name="VolSyncDown",
        expr=f"{promql.available_deployments(VOLSYNC_NAMESPACE, scope.VOLSYNC_DEPLOYMENT)} < 1",
        wait="5m",
        severity="critical",
        summary="VolSync's populator does not run: restored PVCs stay Pending.",
    ),
    Alert(
        name="KyvernoDown",
        expr=f"{promql.available_deployments(scope.KYVERNO_NAMESPACE, *scope.KYVERNO_DEPLOYMENTS)}"
        f" < {len(scope.KYVERNO_DEPLOYMENTS)}",
        wait="5m",
        severity="critical",
        summary="A Kyverno controller is down: labelled PVCs are denied, or get no backup.",
    ),
)
