"""The health of every part on which backups and restores depend."""

from contract import metrics
from manifests import promql
from manifests.alerts.health import WATCHDOG
from manifests.alerts.maintenance import MAINTENANCE_AGE
from manifests.alerts.prometheus_rule import ALERTS
from manifests.alerts.repository import KNOWLEDGE_AGE, NEARLY_FULL
from manifests.grafana.current import Stat
from manifests.grafana.over_time import States
from manifests.grafana.panel import GREEN, MAX_WIDTH, RED, Query, Row, Unit, bad_from
from manifests.grafana.variable import namespace_matcher

_FIRING = 'alertstate="firing"'
_NAMES = "|".join(alert.name for alert in ALERTS if alert.name != WATCHDOG)
_ALERTS = promql.selector(promql.ALERTS, _FIRING, f'alertname=~"{_NAMES}"')
_WATCHDOG = promql.selector(promql.ALERTS, _FIRING, f'alertname="{WATCHDOG}"')
_OUT_OF_SYNC = promql.selector(
    metrics.OUT_OF_SYNC, promql.SOURCE, promql.KOPIA, namespace_matcher("obj_namespace")
)

ROW = Row(
    "Is all well?",
    (
        Stat(
            title="Alerts firing",
            description="Any: see below which. No data: nobody evaluates the rules, so nobody"
            " would be told of anything.",
            # There is a zero only while the watchdog proves that it means something.
            queries=(Query(f"count({_ALERTS}) or 0 * count({_WATCHDOG})"),),
            alerts=(WATCHDOG,),
            scale=bad_from(1),
        ),
        Stat(
            title="pvc-plumber",
            description="Not ready, or no data: no PVC with a backup label can be created.",
            queries=(Query(f"max({metrics.READY})"),),
            alerts=("PvcPlumberDown", "RepositoryUnreadable"),
            words={0: ("not ready", RED), 1: ("ready", GREEN)},
        ),
        Stat(
            title="Age of knowledge",
            description="Since pvc-plumber last read the repository. Old: it cannot, and its"
            " decisions are unknown. No data: it never did.",
            # -1 stands for no knowledge.
            queries=(Query(f"min({metrics.KNOWLEDGE_AGE} >= 0)"),),
            alerts=("RepositoryUnreadable",),
            unit=Unit.SECONDS,
            scale=bad_from(KNOWLEDGE_AGE),
        ),
        Stat(
            title="Backups out of sync",
            description="PVCs whose backup is behind its schedule. No data: there is none yet, or"
            " the mover is not there.",
            queries=(Query(f"sum({promql.by_pvc(_OUT_OF_SYNC)})"),),
            alerts=("BackupLate", "KopiaMoverDown"),
            scale=bad_from(1),
        ),
        Stat(
            title="Repository",
            description="Failing: backups and restores wait, and one mover at a time tries it.",
            queries=(Query(f"max({metrics.REPOSITORY_FAILING})"),),
            alerts=("MoversCannotUseRepository",),
            words={0: ("works", GREEN), 1: ("failing", RED)},
        ),
        Stat(
            title="Repository in use",
            description="Share of the NFS volume. Nearly full: backups will fail, and maintenance"
            " needs room too before it makes any.",
            queries=(Query(promql.repository_usage()),),
            alerts=("RepositoryNearlyFull",),
            unit=Unit.SHARE,
            scale=bad_from(NEARLY_FULL),
        ),
        Stat(
            title="Since maintenance",
            description="Long: the repository keeps growing and gets slow.",
            queries=(Query(f"time() - max({metrics.MAINTENANCE_SUCCESS})"),),
            alerts=("MaintenanceLate",),
            unit=Unit.SECONDS,
            scale=bad_from(MAINTENANCE_AGE),
            missing="never",
        ),
        Stat(
            title="Last maintenance",
            description="Failed: space of expired snapshots does not come back. Shared: another"
            " cluster maintains this repository too.",
            queries=(Query(f"max({metrics.MAINTENANCE_FAILED} + {metrics.REPOSITORY_SHARED})"),),
            alerts=("MaintenanceFails", "RepositoryShared"),
            words={0: ("fine", GREEN), 1: ("failed", RED), 2: ("shared", RED)},
        ),
        States(
            title="What fires",
            description="A band for each alert, for as long as it fires. The runbook has a section"
            " for each.",
            queries=(Query(f"max by (alertname) ({_ALERTS})", "{{alertname}}"),),
            width=MAX_WIDTH,
            height=6,
        ),
    ),
)
