"""Which cause makes which alerts fire."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType

from contract import scope
from lab.alarms import causes
from lab.application import Application
from lab.faults import export
from lab.faults.deployment import PLUMBER, VOLSYNC, scaled
from manifests.alerts.alert import Change
from manifests.alerts.prometheus_rule import ALERTS

# So that nobody has to wait for hours, or to break thirty things. The rest of a rule stays.
SOON = "4s"
THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {"MoverJobsFail": 1, "CleanupDeletesMany": 5, "LedgerUnusable": 1}
)
CHANGES = {alert.name: Change(wait=SOON, threshold=THRESHOLDS.get(alert.name)) for alert in ALERTS}
# They count what was in the last minutes or hours, and clear when that is past.
COUNTING = frozenset(
    {
        "BackupDecisionUnknown",
        "CleanupDeletesMany",
        "LedgerUnusable",
        "MoverJobsFail",
        "PvcBackupWatchdog",
        "PvcDenied",
    }
)


@dataclass(frozen=True)
class Scene:
    """What is done, and which alerts fire of it."""

    cause: Callable[[Application], AbstractContextManager[None]]
    alerts: tuple[str, ...]
    namespace: str = ""  # that the alerts name; "" is the application's


SCENES: Mapping[str, Scene] = MappingProxyType(
    {
        "nothing": Scene(lambda _: nullcontext(), ("PvcBackupWatchdog",)),
        "no-plumber": Scene(lambda _: scaled(PLUMBER, 0), ("PvcPlumberDown",)),
        "no-mover": Scene(causes.no_mover, ("KopiaMoverDown", "RestoreTakesLong")),
        "no-volsync": Scene(lambda _: scaled(VOLSYNC, 0), ("VolSyncDown",)),
        "no-generation": Scene(causes.no_generation, ("KyvernoDown", "BackupNotScheduled")),
        "no-cleanup": Scene(causes.no_cleanup, ("OrphansRemain",)),
        "labels-go": Scene(causes.labels_go, ("CleanupDeletesMany",)),
        "no-passwords": Scene(
            causes.no_passwords, ("BackupSecretNotSynced",), scope.MOVERS_NAMESPACE
        ),
        "read-only": Scene(
            causes.read_only,
            (
                "BackupLate",
                "MoverJobsFail",
                "MoversCannotUseRepository",
                "MaintenanceFails",
                "PvcBackupBroken",
            ),
        ),
        "emptied": Scene(
            causes.emptied,
            ("RepositoryUnreadable", "BackupDecisionUnknown", "PvcDenied", "RestoreDrillFails"),
        ),
        "full": Scene(lambda _: export.full(), ("RepositoryNearlyFull",)),
        "movers-hang": Scene(causes.movers_hang, ("MoversWaitLong",)),
        "files-lost": Scene(causes.files_lost, ("BackupLostFiles",)),
        "unreadable": Scene(causes.unreadable, ("BackupSkipsFiles",)),
        "ledger-shut": Scene(causes.ledger_shut, ("LedgerUnusable",)),
        "no-audit": Scene(causes.no_audit, ("AuditBlind",)),
        "unlabelled": Scene(causes.unlabelled, ("PvcsUnprotected",)),
        "no-maintenance": Scene(causes.no_maintenance, ("MaintenanceLate",)),
        "shared": Scene(causes.shared, ("RepositoryShared",)),
        "rotten": Scene(causes.rotten, ("RestoreProofFailed",)),
        "unproven": Scene(causes.unproven, ("RestoreProofOld",)),
    }
)
