"""From a stack's settings to the arguments of its components. No decisions, no resources."""

from dataclasses import fields, replace
from typing import Any

import pulumi

from components.alerts import AlertsArgs
from components.audit import AuditArgs
from components.backup_policies import BackupPoliciesArgs
from components.dashboard import DashboardArgs
from components.denial import DenialArgs
from components.external_secrets import ExternalSecretsArgs
from components.guards import GuardsArgs
from components.kopia_ui import KopiaUiArgs
from components.kyverno import KyvernoArgs
from components.monitoring import SERVICE_MONITOR
from components.mover import MoverArgs
from components.movers import MoversArgs
from components.priority import PriorityArgs
from components.pvc_plumber import PvcPlumberArgs
from components.release import Capabilities
from components.repository import RepositoryArgs
from components.restore_proof import RestoreProofArgs
from components.secret_store import SecretStoreArgs
from components.site import Site
from components.volsync import VolSyncArgs
from contract.audit import SERVICE
from contract.environment import Isolation, MoverOptions, MoverSettings
from contract.pods import MoverPods
from contract.scope import KOPIA_UI, MOVERS_NAMESPACE, RESTORE_PROOF, VOLSYNC_NAMESPACE
from manifests.params import PolicyParams, plumber_url
from stack import versions
from stack.settings import Settings


def site(settings: Settings) -> Site:
    """What all parts are told of the cluster."""
    return Site(api_server=settings.cluster.api_server, pods=settings.pods)


def kyverno(settings: Settings) -> KyvernoArgs:
    """Kyverno's arguments."""
    return KyvernoArgs(
        image=settings.image,
        install=settings.kyverno.install,
        create_namespace=settings.kyverno.create_namespace,
        chart=versions.KYVERNO.from_source(settings.kyverno.chart),
        image_registry=settings.image_registry,
        replicas=settings.kyverno.replicas,
        reconcile_minutes=settings.kyverno.reconcile_minutes,
        # Of Kyverno's policies one is in force there: it mounts the repository into movers.
        excluded_namespaces=tuple(n for n in settings.excluded if n != MOVERS_NAMESPACE),
        monitoring=settings.alerts,
        pull_secrets=settings.pods.image_pull_secrets,
        capabilities=capabilities(settings),
    )


def priority(settings: Settings) -> PriorityArgs:
    """The arguments of our pods' priority."""
    return PriorityArgs(chosen=settings.pods.priority_class)


def volsync(settings: Settings) -> VolSyncArgs:
    """VolSync's arguments."""
    return VolSyncArgs(
        install=settings.volsync.install,
        create_namespace=settings.volsync.create_namespace,
        chart=versions.VOLSYNC.from_source(settings.volsync.chart),
        image_registry=settings.image_registry,
        monitoring=settings.alerts,
        site=site(settings),
        capabilities=capabilities(settings),
    )


def capabilities(settings: Settings) -> Capabilities | None:
    """The cluster's capabilities for charts that are only rendered; None for a real cluster."""
    if not settings.render.folder:
        return None
    kinds = (SERVICE_MONITOR,) if settings.alerts.enabled else ()
    return Capabilities(kubernetes=settings.render.kubernetes, kinds=kinds)


def external_secrets(settings: Settings) -> ExternalSecretsArgs:
    """External Secrets' arguments."""
    return ExternalSecretsArgs(
        install=settings.external_secrets.install,
        create_namespace=settings.external_secrets.create_namespace,
        chart=versions.EXTERNAL_SECRETS.from_source(settings.external_secrets.chart),
        image_registry=settings.image_registry,
        monitoring=settings.alerts,
        capabilities=capabilities(settings),
    )


def secret_store(settings: Settings, token: pulumi.Output[str] | None) -> SecretStoreArgs:
    """The store's arguments; the token never passes through the settings, nor into YAML."""
    return SecretStoreArgs(
        **vars(settings.secret_store),
        namespaces=_secret_namespaces(settings),
        token=None if settings.render.folder else token,
    )


def _secret_namespaces(settings: Settings) -> tuple[str, ...]:
    """Namespaces in which the password is needed; () where that is every one with a PVC."""
    if settings.mover.isolation is Isolation.NAMESPACE:
        return ()
    return (*_own_namespaces(settings), *settings.mover.in_namespaces)


def _own_namespaces(settings: Settings) -> tuple[str, ...]:
    """Namespaces of the system whose pods reach the repository."""
    drill = (RESTORE_PROOF,) if settings.restore_proof.enabled else ()
    return (VOLSYNC_NAMESPACE, MOVERS_NAMESPACE, *drill)


def repository(settings: Settings) -> RepositoryArgs:
    """The repository's arguments."""
    return RepositoryArgs(
        image=settings.image,
        export=settings.repository.export,
        password=settings.secret_store.password,
        unique_id=settings.repository.unique_id,
        maintenance_schedule=settings.repository.maintenance,
        timezone=settings.timezone,
        site=site(settings),
    )


def restore_proof(settings: Settings) -> RestoreProofArgs:
    """The drill's arguments."""
    chosen = settings.restore_proof
    storage_class = chosen.storage_class or settings.storage.snapshot_capable[0]
    return RestoreProofArgs(
        image=settings.image,
        export=settings.repository.export,
        password=settings.secret_store.password,
        unique_id=settings.repository.unique_id,
        timezone=settings.timezone,
        site=site(settings),
        **vars(replace(chosen, storage_class=storage_class)),
    )


def movers(settings: Settings) -> MoversArgs:
    """The arguments of the movers' namespace."""
    return MoversArgs(
        isolation=settings.mover.isolation,
        password=settings.secret_store.password,
        quota=settings.mover.quota,
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
            pods=MoverPods(**_part(settings.mover, MoverPods)),
            **_part(settings.mover, MoverOptions),
        ),
        monitoring=settings.alerts,
        site=site(settings),
    )


def _part(section: Any, kind: Any) -> dict[str, Any]:
    """The values of a section that are of one of its kinds."""
    return {one.name: getattr(section, one.name) for one in fields(kind)}


def pvc_plumber(settings: Settings) -> PvcPlumberArgs:
    """The service's arguments."""
    return PvcPlumberArgs(
        image=settings.image,
        export=settings.repository.export,
        monitoring=settings.alerts,
        site=site(settings),
        **vars(settings.plumber),
    )


def _policy_params(settings: Settings) -> PolicyParams:
    return PolicyParams(
        excluded=settings.excluded,
        export=settings.repository.injected,
        repository=settings.repository.export,
        mounted_in=(*_own_namespaces(settings), *settings.repository.also_mounted_in),
        password=settings.secret_store.password,
        isolation=settings.mover.isolation,
        in_namespaces=settings.mover.in_namespaces,
        reserved=settings.secret_store.is_reserved,
        plumber_url=plumber_url(settings.cluster.domain),
        **vars(settings.schedule),
    )


def guards(settings: Settings) -> GuardsArgs:
    """The native policies' arguments."""
    return GuardsArgs(params=_policy_params(settings))


def backup_policies(settings: Settings) -> BackupPoliciesArgs:
    """The policies' arguments."""
    return BackupPoliciesArgs(params=_policy_params(settings))


def kopia_ui(settings: Settings) -> KopiaUiArgs:
    """The web UI's arguments."""
    return KopiaUiArgs(
        image=settings.image,
        export=settings.repository.export,
        host=f"{KOPIA_UI}.{settings.domain}",
        page=settings.kopia_ui,
        makes_secret=not settings.render.folder,
        site=site(settings),
    )


def audit(settings: Settings) -> AuditArgs:
    """The audit's arguments."""
    return AuditArgs(
        image=settings.image,
        export=settings.repository.export,
        excluded=settings.excluded,
        isolation=settings.mover.isolation,
        in_namespaces=settings.mover.in_namespaces,
        host=f"{SERVICE}.{settings.domain}",
        page=settings.audit,
        monitoring=settings.alerts,
        site=site(settings),
    )


def denial(settings: Settings) -> DenialArgs:
    """The arguments of the denial of traffic."""
    return DenialArgs(is_ours=settings.volsync.create_namespace)


def alerts(settings: Settings) -> AlertsArgs:
    """The alerts' arguments."""
    return AlertsArgs(
        monitoring=settings.alerts,
        has_drills=settings.restore_proof.enabled,
        has_audit=settings.audit.enabled,
    )


def dashboard(settings: Settings) -> DashboardArgs:
    """The dashboard's arguments."""
    return DashboardArgs(
        has_drills=settings.restore_proof.enabled,
        has_audit=settings.audit.enabled,
        runbook=settings.alerts.runbook,
        **vars(settings.dashboard),
    )
