"""Backups: late, slow, failing or incomplete."""

from contract import metrics
from manifests import promql
from manifests.grafana.current import VALUE, Bars, Table
from manifests.grafana.over_time import BUCKET, WINDOW, Counts, Graph
from manifests.grafana.panel import Query, Row, Unit
from manifests.grafana.variable import namespace_matcher

TOP = 10
PVC = {"namespace": "Namespace", "persistentvolumeclaim": "PVC"}
_PVC_NAME = "{{namespace}}/{{persistentvolumeclaim}}"
_OBJECT_NAME = "{{obj_namespace}}/{{obj_name}}"
_IN_NAMESPACE = namespace_matcher("obj_namespace")


def _of_pvc(metric: str, *more: str) -> str:
    return promql.by_pvc(promql.selector(metric, promql.SOURCE, *more, _IN_NAMESPACE))


def _count(metric: str, by: str, *more: str) -> str:
    return f"sum by ({by}) ({promql.growth(promql.selector(metric, *more, _IN_NAMESPACE), WINDOW)})"


def _largest(metric: str) -> tuple[Query, ...]:
    return (Query(f"sort_desc(topk({TOP}, {_of_pvc(metric)}))", _PVC_NAME),)


def _seconds(share: float, name: str) -> Query:
    """Quantile over all volumes of each volume's mean run time in the window, mostly one run."""
    total, runs = (
        promql.growth(
            promql.selector(f"{metrics.SYNC_SECONDS}_{part}", promql.KOPIA, _IN_NAMESPACE), WINDOW
        )
        for part in ("sum", "count")
    )
    mean = f"({total}) / (({runs}) > 0)"
    return Query(f"quantile by (role) ({share}, {mean})", f"{{{{role}}}} {name}")


ROW = Row(
    "Backups",
    (
        Graph(
            title="Backups out of sync",
            description="PVCs by namespace whose backup is behind its schedule. One that stays is"
            " a volume without a recent backup.",
            queries=(
                Query(
                    f"sum by (namespace) ({_of_pvc(metrics.OUT_OF_SYNC, promql.KOPIA)})",
                    "{{namespace}}",
                ),
            ),
            alerts=("BackupLate", "BackupNotScheduled", "BackupSecretNotSynced"),
        ),
        Counts(
            title="Missed slots",
            description="Slots that passed while a backup ran or could not run. Many: backups are"
            " too slow for their tier, or wait too long for their turn.",
            queries=(
                Query(
                    _count(metrics.MISSED_INTERVALS, "obj_namespace", promql.SOURCE, promql.KOPIA),
                    "{{obj_namespace}}",
                ),
            ),
        ),
        Graph(
            title="How long backups and restores take",
            description="The middle volume and the slow ones. Rising: more data, or a slower"
            " repository; above an hour, hourly backups miss their slots.",
            queries=(_seconds(0.5, "p50"), _seconds(0.95, "p95")),
            unit=Unit.SECONDS,
            min_interval=BUCKET,
        ),
        Graph(
            title="Movers",
            description="Those at work, and those who wait for their turn. A queue that does not"
            " get shorter: raise mover.maxJobs, or the repository fails.",
            queries=(
                Query(f"sum by (role) ({metrics.MOVER_JOBS_RUNNING})", "{{role}}: at work"),
                Query(f"sum by (role) ({metrics.MOVER_QUEUE})", "{{role}}: waiting"),
            ),
            alerts=("MoversWaitLong",),
        ),
        Counts(
            title="Failed Jobs",
            description="Attempts that failed; each is tried again. Of one namespace only: its"
            " files or its Secret; of all: the repository.",
            queries=(
                Query(
                    _count(metrics.MOVER_JOB_FAILURES, "obj_namespace, role"),
                    "{{obj_namespace}}: {{role}}",
                ),
            ),
            alerts=("MoverJobsFail",),
        ),
        Graph(
            title="Retries",
            description="Failed attempts of a backup or restore that still goes on. Rising: it does"
            " not heal by itself.",
            queries=(
                Query(
                    "max by (obj_namespace, obj_name)"
                    f" ({promql.selector(metrics.MOVER_RETRIES, _IN_NAMESPACE)}) > 0",
                    _OBJECT_NAME,
                ),
            ),
            alerts=("MoverJobsFail",),
        ),
        Bars(
            title=f"Largest snapshots: top {TOP}",
            description="What the newest snapshot of a PVC holds. A sudden change is worth a look:"
            " data was lost, or something fills the volume.",
            queries=_largest(metrics.SNAPSHOT_BYTES),
            unit=Unit.BYTES,
        ),
        Bars(
            title=f"Most files: top {TOP}",
            description="Files of the newest snapshot of a PVC. Millions of them make backups and"
            " restores slow.",
            queries=_largest(metrics.SNAPSHOT_FILES),
        ),
        Table(
            title="Files in no backup",
            description="Files and folders that the last backup could not read. They would not"
            " come back.",
            queries=(Query(f"{_of_pvc(metrics.UNREADABLE_FILES)} > 0"),),
            alerts=("BackupSkipsFiles",),
            columns={**PVC, VALUE: "Files"},
        ),
        Table(
            title="Retention held",
            description="PVCs that lost most of their data. Their old snapshots stay until"
            " somebody accepts the loss, or restores.",
            queries=(Query(f"{_of_pvc(metrics.RETENTION_HELD)} == 1"),),
            alerts=("BackupLostFiles",),
            columns=PVC,
        ),
    ),
)
