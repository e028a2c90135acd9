"""Restores: what pvc-plumber decides and how fast, who is denied, and who still waits."""

from contract import metrics
from contract.answer import DEADLINE
from manifests import promql
from manifests.grafana.current import Stat, Table
from manifests.grafana.over_time import BUCKET, WINDOW, Counts, Graph
from manifests.grafana.panel import GREEN, RED, Query, Row, Unit
from manifests.grafana.variable import namespace_matcher
from manifests.panels.backups import PVC

_LISTING = f"sum by (le) (increase({metrics.LISTING_SECONDS}_bucket[{WINDOW}]))"
_DENIED = promql.growth(promql.denials(namespace_matcher("resource_namespace")), WINDOW)
_UNJUDGED = metrics.ADMISSIONS + '{verdict="denied"}'
_IN_NAMESPACE = namespace_matcher("namespace")
_TIERED = promql.tiered_pvcs(_IN_NAMESPACE)
_PENDING = promql.pvcs_in_phase("Pending", _IN_NAMESPACE)

ROW = Row(
    "Restores",
    (
        Counts(
            title="Decisions",
            description="Answers of pvc-plumber. Each unknown is a PVC that could not be created;"
            " the reason tells what to repair.",
            queries=(
                Query(
                    f"sum by (decision, reason) ({promql.growth(metrics.DECISIONS, WINDOW)})",
                    "{{decision}}: {{reason}}",
                ),
            ),
            alerts=("BackupDecisionUnknown",),
        ),
        Counts(
            title="Denied PVCs",
            description="What the gates denied: a mistake in a manifest, or a part that is down."
            " Many in all namespaces: look at the first row.",
            queries=(
                Query(
                    f"sum by (policy_name, resource_namespace) ({_DENIED})",
                    "{{resource_namespace}}: {{policy_name}}",
                ),
                Query(
                    f"sum by (reason) ({promql.growth(_UNJUDGED, WINDOW)})",
                    "webhook of pvc-plumber: {{reason}}",
                ),
            ),
            alerts=("PvcDenied", "KyvernoDown"),
        ),
        Graph(
            title="Time to list the repository, p95",
            description="From the line on, requests give up before the list is there and PVCs are"
            " denied: the NFS server is slow, or maintenance does not run.",
            queries=(Query(f"histogram_quantile(0.95, {_LISTING})", "p95"),),
            unit=Unit.SECONDS,
            limit=DEADLINE,
            min_interval=BUCKET,
            width=8,
        ),
        Graph(
            title="Requests that wait for the repository",
            description="Those that memory alone cannot answer. Many that stay: the repository"
            " hangs, and they will be denied.",
            queries=(Query(f"sum({metrics.WAITERS})", "waiting"),),
            width=8,
        ),
        Counts(
            title="Failures of pvc-plumber",
            description="Lists of the repository, and attempts to read or write the ledger, that"
            " failed. A few heal by themselves.",
            queries=(
                Query(f"sum(increase({metrics.LISTING_FAILURES}[{WINDOW}]))", "listing"),
                Query(f"sum(increase({metrics.LEDGER_FAILURES}[{WINDOW}]))", "ledger"),
            ),
            alerts=("RepositoryUnreadable", "LedgerUnusable"),
            width=8,
        ),
        Table(
            title="PVCs that wait",
            description="PVCs with a backup label that are Pending. For long: the restore fails, or"
            " waits its turn. Needs the label `backup` from kube-state-metrics.",
            queries=(Query(f"{_TIERED} and {_PENDING}"),),
            alerts=("RestoreTakesLong", "VolSyncDown"),
            columns=PVC,
        ),
        Graph(
            title="Identities in the ledger",
            description="What was ever backed up. It only grows; where it falls, a part of the"
            " ledger was lost, and new PVCs are denied.",
            queries=(Query(f"max({metrics.LEDGER_IDENTITIES})", "identities"),),
            alerts=("LedgerUnusable",),
            width=8,
        ),
        Stat(
            title="Ledger",
            description="Not read: a pod of pvc-plumber does not know what was ever backed up, and"
            " answers unknown instead of fresh.",
            queries=(Query(f"min({metrics.LEDGER_READ})"),),
            alerts=("LedgerUnusable",),
            words={0: ("not read", RED), 1: ("read", GREEN)},
            width=4,
            height=8,
        ),
    ),
)
