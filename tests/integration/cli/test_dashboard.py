"""Every panel shows what it promises, as Prometheus evaluates it on what our programs expose."""

import json
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from contract.names import Claim
from contract.volsync import StatusKey
from fakes import builders
from fakes.audit_scene import every_verdict
from manifests.dashboard import ROWS, dashboard
from mover.drill.status import DrillStatus, ProofStatus
from mover.maintenance_status import MaintenanceStatus
from mover.metrics import Metrics as MoverMetrics
from mover.model import Write
from mover.status import Status
from plumber.answer import Cause, refusal
from plumber.audit import metrics as audit_metrics
from plumber.metrics import Metrics as PlumberMetrics
from tests.integration.cli.alert_cases import PHASE, RESULTS, TIERED
from tests.integration.cli.promtool_series import Series
from tests.integration.cli.test_alerts import promtool, rule_file

AT = 30  # minutes; the clock of a test begins with 1970
LAST = datetime.fromtimestamp(60, UTC)
WINDOW = "15m"
QUERIES = {
    f"{row.title}: {panel.title} {number}": query.expr
    for row in ROWS
    for panel in row.panels
    for number, query in enumerate(panel.queries, 1)
}


def filled(expression: str, namespaces: str = "media|shop") -> str:
    """As Grafana sends it. A label that is not there would match all namespaces, but not these."""
    return expression.replace("$namespace", namespaces).replace("$__interval", WINDOW)


def query(title: str) -> str:
    (expr,) = [expression for name, expression in QUERIES.items() if name == f"{title} 1"]
    return expr


def plumber() -> str:
    metrics = PlumberMetrics()
    metrics.watch(age=lambda: 20.0, ready=lambda: True, waiting=lambda: 2)
    metrics.answers(refusal(Cause.STALE, "x")).inc()
    metrics.judged(refusal(Cause.STALE, "x"), is_admitted=False)
    metrics.listed(3.0)
    metrics.has_room(100, 25)
    metrics.failed()
    metrics.remembers(3, is_read=True)
    metrics.ledger_failed()
    return metrics.text().decode()


def mover() -> str:
    metrics = MoverMetrics()
    external = {StatusKey.FILES: "12", StatusKey.BYTES: "300", StatusKey.ERRORS: "2"}
    lost = {StatusKey.ATTEMPTS: "3", StatusKey.HELD_BY: "abc"}
    owner = builders.source(status=Status(external={**external, **lost}))
    metrics.shown(owner)
    metrics.late(owner, True)
    metrics.written(owner, Write(patch={}, took=7.0, missed=True))
    metrics.written(owner, Write(patch={}, failed=True))
    metrics.running.labels("source").set(1)
    metrics.queue.labels("source").set(1)
    metrics.maintained(MaintenanceStatus(success=LAST))
    proven = ProofStatus(proven=LAST, has_failed=True, is_old=True)
    metrics.drilled(DrillStatus(proofs={Claim("media", "photos"): proven}))
    return generate_latest(metrics.registry).decode()


def exposed(text: str) -> Series:
    """What Prometheus has of it: counters go on counting, all else stays."""
    inputs = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            grows = family.type != "gauge"
            series = ",".join(f'{key}="{text}"' for key, text in {**labels, "pod": "a"}.items())
            inputs[f"{name}{{{series}}}"] = f"{value}+{value if grows else 0}x{AT}"
    return inputs


def unwell() -> Series:
    """A system in which something of everything is the matter."""
    audit = audit_metrics.text(every_verdict()[0].report()).decode()
    foreign = {
        TIERED: f"1x{AT}",
        PHASE % "Pending": f"1x{AT}",
        RESULTS % ("volsync-restore-gate", "fail"): f"1+1x{AT}",
    }
    return {**exposed(plumber()), **exposed(mover()), **exposed(audit), **foreign}


def evaluate(folder, series: Series, *expected: tuple[str, list], rules: tuple[str, ...] = ()):
    """Each expression gives exactly these samples."""
    tests = [
        {"expr": expression, "eval_time": f"{AT}m", "exp_samples": samples}
        for expression, samples in expected
    ]
    input_series = [{"series": key, "values": values} for key, values in series.items()]
    scene = {"interval": "1m", "input_series": input_series, "promql_expr_test": tests}
    files = [str(rule_file(folder, *rules))] if rules else []
    file = folder / "test.yaml"
    file.write_text(
        json.dumps({"rule_files": files, "evaluation_interval": "1m", "tests": [scene]})
    )
    run = promtool("test", "rules", file)
    assert run.returncode == 0, run.stdout + run.stderr


def number(value: float) -> list:
    return [{"labels": "{}", "value": value}]


def test_prometheus_can_read_every_expression(tmp_path):
    rules = [
        {"record": f"panel:{place}", "expr": filled(expression)}
        for place, expression in enumerate(QUERIES.values())
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    run = promtool("check", "rules", file)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(rules)} rules found" in run.stdout
    targets = [t for panel in dashboard()["panels"] for t in panel.get("targets", ())]
    assert len(rules) == len(targets)


@pytest.mark.parametrize("title", QUERIES)
def test_every_panel_shows_something_of_a_system_that_is_unwell(tmp_path, title):
    """A number at that: a metric or a label of another name would leave the panel empty."""
    shown = filled(QUERIES[title])
    some = f"count(({shown}) == ({shown})) > bool 0"
    evaluate(tmp_path, unwell(), (some, number(1)), rules=("PvcBackupWatchdog", "BackupSkipsFiles"))


def test_what_is_known_by_namespace_can_be_narrowed_down(tmp_path):
    bad_series = {key.partition("{")[0] for key in unwell() if 'namespace="' in key}
    narrowed = [e for e in QUERIES.values() if any(name in e for name in bad_series)]
    assert narrowed
    evaluate(tmp_path, unwell(), *((filled(e, "elsewhere"), []) for e in narrowed))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("PvcBackupWatchdog", "BackupSkipsFiles"), number(1)),
        (("PvcBackupWatchdog", "LedgerUnusable"), number(0)),
        (("LedgerUnusable",), []),
    ],
)
def test_no_alert_fires_is_said_only_while_the_rules_are_evaluated(tmp_path, rules, expected):
    shown = filled(query("Is all well?: Alerts firing"))
    evaluate(tmp_path, exposed(mover()), (shown, expected), rules=rules)


def test_no_knowledge_is_not_taken_for_fresh_knowledge(tmp_path):
    shown = filled(query("Is all well?: Age of knowledge"))
    age = 'pvc_plumber_knowledge_age_seconds{pod="%s"}'
    evaluate(tmp_path, {age % "a": f"-1x{AT}"}, (shown, []))
    evaluate(tmp_path, {age % "a": f"-1x{AT}", age % "b": f"40x{AT}"}, (shown, number(40)))


def test_a_pod_that_has_not_looked_yet_does_not_make_the_repository_full(tmp_path):
    shown = filled(query("Is all well?: Repository in use"))
    starting = {
        'pvc_plumber_repository_size_bytes{pod="b"}': f"0x{AT}",
        'pvc_plumber_repository_free_bytes{pod="b"}': f"0x{AT}",
    }
    evaluate(tmp_path, starting, (shown, []))
    evaluate(tmp_path, {**exposed(plumber()), **starting}, (shown, number(0.75)))


def test_a_counter_is_counted_from_its_first_appearance(tmp_path):
    shown = filled(query("Restores: Decisions"))
    series = {'pvc_plumber_decisions_total{decision="unknown",reason="stale"}': f"_x{AT - 2} 2x1"}
    labels = '{decision="unknown", reason="stale"}'
    evaluate(tmp_path, series, (shown, [{"labels": labels, "value": 2}]))


def test_durations_are_those_of_volumes(tmp_path):
    """Three volumes that take 10, 20 and 90 seconds, one of them twice; a fourth does not run."""
    series = {}
    for name, seconds, runs in (("a", 10, 1), ("b", 40, 2), ("c", 90, 1)):
        of = f'{{obj_name="{name}",obj_namespace="shop",role="source",method="kopia"}}'
        series[f"volsync_sync_duration_seconds_sum{of}"] = f"_x{AT - 2} {seconds}x1"
        series[f"volsync_sync_duration_seconds_count{of}"] = f"_x{AT - 2} {runs}x1"
    idle = '{obj_name="d",obj_namespace="shop",role="source",method="kopia"}'
    series[f"volsync_sync_duration_seconds_sum{idle}"] = f"1000x{AT}"
    series[f"volsync_sync_duration_seconds_count{idle}"] = f"1x{AT}"
    shown = filled(query("Backups: How long backups and restores take"))
    evaluate(tmp_path, series, (shown, [{"labels": '{role="source"}', "value": 20}]))


def test_the_largest_come_first_and_bear_the_names_of_pvcs(tmp_path):
    shown = filled(query("Backups: Largest snapshots: top 10"), "shop|media")
    series = {
        f'volsync_kopia_snapshot_bytes{{obj_name="{name}-backup",obj_namespace="{space}",'
        'role="source"}': f"{size}x{AT}"
        for name, space, size in (("a", "shop", 1), ("b", "media", 5), ("c", "other", 9))
    }
    samples = [
        {"labels": f'{{namespace="{space}", persistentvolumeclaim="{name}"}}', "value": size}
        for name, space, size in (("b", "media", 5), ("a", "shop", 1))
    ]
    evaluate(tmp_path, series, (shown, samples))


def test_a_pvc_that_was_never_proven_has_no_age(tmp_path):
    shown = filled(query("Restore drills: Oldest proofs: top 10"))
    proof = 'volsync_kopia_restore_proof_timestamp_seconds{pvc_namespace="shop",pvc="%s"}'
    series: Series = {proof % "new": f"NaN+0x{AT}", proof % "old": f"600x{AT}"}
    labels = '{pvc="old", pvc_namespace="shop"}'
    evaluate(tmp_path, series, (shown, [{"labels": labels, "value": AT * 60 - 600}]))
