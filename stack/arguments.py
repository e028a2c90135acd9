"""From a stack's settings to the arguments of its components. No decisions, no resources."""

import pulumi

from components.alerts import AlertsArgs
from components.audit import AuditArgs
from components.backup_policies import BackupPoliciesArgs
from components.dashboard import DashboardArgs
from components.exposure import Exposure
from components.external_secrets import ExternalSecretsArgs
from components.guards import GuardsArgs
from components.kopia_ui import UI, KopiaUiArgs
from components.kyverno import KyvernoArgs, Replicas
from components.monitoring import SERVICE_MONITOR, Monitoring
from components.mover import MoverArgs
from components.pvc_plumber import PvcPlumberArgs
from components.release import Absent
from components.repository import RepositoryArgs
from components.restore_proof import RestoreProofArgs
from components.secret_store import SecretStoreArgs
from components.volsync import VolSyncArgs
from contract.audit import SERVICE
from contract.environment import MoverSettings
from manifests.alerts.alert import Change
from manifests.params import PolicyParams
from stack import versions
from stack.observability import Page
from stack.settings import Settings


def kyverno(settings: Settings) -> KyvernoArgs:
    """Kyverno's arguments."""
    return KyvernoArgs(
        install=settings.kyverno.install,
        create_namespace=settings.kyverno.create_namespace,
        chart=versions.KYVERNO.elsewhere(**settings.kyverno.chart.model_dump()),
        image_registry=settings.image_registry,
        replicas=Replicas(**settings.kyverno.replicas.model_dump()),
        reconcile_minutes=settings.kyverno.reconcile_minutes,
        excluded_namespaces=settings.excluded,
        monitoring=monitoring(settings),
        absent=absent(settings),
    )


def volsync(settings: Settings) -> VolSyncArgs:
    """VolSync's arguments."""
    return VolSyncArgs(
        install=settings.volsync.install,
        create_namespace=settings.volsync.create_namespace,
        chart=versions.VOLSYNC.elsewhere(**settings.volsync.chart.model_dump()),
        image_registry=settings.image_registry,
        absent=absent(settings),
    )


def absent(settings: Settings) -> Absent | None:
    """What charts are told of the cluster where they are only rendered."""
    if not settings.render.folder:
        return None
    kinds = (SERVICE_MONITOR,) if settings.alerts.enabled else ()
    return Absent(kubernetes=settings.render.kubernetes, kinds=kinds)


def external_secrets(settings: Settings) -> ExternalSecretsArgs:
    """External Secrets' arguments."""
    return ExternalSecretsArgs(
        install=settings.external_secrets.install,
        create_namespace=settings.external_secrets.create_namespace,
        chart=versions.EXTERNAL_SECRETS.elsewhere(**settings.external_secrets.chart.model_dump()),
        image_registry=settings.image_registry,
        monitoring=monitoring(settings),
        absent=absent(settings),
    )


def secret_store(settings: Settings, token: pulumi.Output[str] | None) -> SecretStoreArgs:
    """The store's arguments; the token never passes through the settings, nor into YAML."""
    return SecretStoreArgs(
        install=settings.secret_store.install,
        connect_host=settings.secret_store.connect_host,
        vault=settings.secret_store.vault,
        token=None if settings.render.folder else token,
    )


def repository(settings: Settings) -> RepositoryArgs:
    """The repository's arguments."""
    return RepositoryArgs(
        image=settings.image,
        export=settings.repository.export,
        unique_id=settings.repository.unique_id,
        maintenance_schedule=settings.repository.maintenance,
        timezone=settings.timezone,
    )


def restore_proof(settings: Settings) -> RestoreProofArgs:
    """The drill's arguments."""
    found = settings.restore_proof
    return RestoreProofArgs(
        enabled=found.enabled,
        image=settings.image,
        export=settings.repository.export,
        unique_id=settings.repository.unique_id,
        schedule=found.schedule,
        timezone=settings.timezone,
        size=found.size,
        storage_class=found.storage_class or settings.storage.snapshot_capable[0],
    )


def monitoring(settings: Settings) -> Monitoring:
    """What several parts share about Prometheus."""
    return Monitoring(
        enabled=settings.alerts.enabled,
        namespaces=settings.alerts.namespaces,
        labels=settings.alerts.labels,
    )


def mover(settings: Settings) -> MoverArgs:
    """The mover's arguments."""
    return MoverArgs(
        settings=MoverSettings(
            image=settings.image,
            nfs_mode=settings.repository.mount,
            nfs_server=settings.repository.server,
            nfs_path=settings.repository.path,
            snapshot_class=settings.storage.snapshot_class,
            timezone=settings.timezone,
            drills=settings.restore_proof.schedule if settings.restore_proof.enabled else "",
            **vars(settings.mover),
        ),
        monitoring=monitoring(settings),
    )


def pvc_plumber(settings: Settings) -> PvcPlumberArgs:
    """The service's arguments."""
    return PvcPlumberArgs(
        image=settings.image,
        replicas=settings.plumber.replicas,
        export=settings.repository.export,
        monitoring=monitoring(settings),
    )


def _policy_params(settings: Settings) -> PolicyParams:
    return PolicyParams(
        excluded=settings.excluded,
        export=settings.repository.injected,
        spread=settings.schedule.spread,
        window=settings.schedule.window,
        cleanup=settings.schedule.cleanup,
    )


def guards(settings: Settings) -> GuardsArgs:
    """The native policies' arguments."""
    return GuardsArgs(params=_policy_params(settings))


def backup_policies(settings: Settings) -> BackupPoliciesArgs:
    """The policies' arguments."""
    return BackupPoliciesArgs(params=_policy_params(settings))


def exposure(page: Page) -> Exposure:
    """How a page leaves the cluster."""
    return Exposure(
        kind=page.exposure,
        gateway=(page.gateway.namespace, page.gateway.name) if page.gateway else None,
        ingress_class=page.ingress_class,
        tls_secret=page.tls_secret,
        namespaces=page.from_namespaces,
    )


def kopia_ui(settings: Settings) -> KopiaUiArgs:
    """The web UI's arguments."""
    return KopiaUiArgs(
        enabled=settings.kopia_ui.enabled,
        image=settings.image,
        export=settings.repository.export,
        host=f"{UI}.{settings.domain}",
        exposure=exposure(settings.kopia_ui),
        makes_secret=not settings.render.folder,
    )


def audit(settings: Settings) -> AuditArgs:
    """The audit's arguments."""
    return AuditArgs(
        enabled=settings.audit.enabled,
        image=settings.image,
        export=settings.repository.export,
        excluded=settings.excluded,
        host=f"{SERVICE}.{settings.domain}",
        exposure=exposure(settings.audit),
        monitoring=monitoring(settings),
    )


def alerts(settings: Settings) -> AlertsArgs:
    """The alerts' arguments."""
    rules = settings.alerts.rules
    return AlertsArgs(
        monitoring=monitoring(settings),
        has_drills=settings.restore_proof.enabled,
        has_audit=settings.audit.enabled,
        off=tuple(name for name, rule in rules.items() if not rule.enabled),
        changes={
            name: Change(wait=rule.wait, severity=rule.severity, threshold=rule.threshold)
            for name, rule in rules.items()
        },
        runbook=settings.alerts.runbook,
    )


def dashboard(settings: Settings) -> DashboardArgs:
    """The dashboard's arguments."""
    return DashboardArgs(
        enabled=settings.dashboard.enabled,
        labels=settings.dashboard.labels,
        has_drills=settings.restore_proof.enabled,
        has_audit=settings.audit.enabled,
        runbook=settings.alerts.runbook,
    )
