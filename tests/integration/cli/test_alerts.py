"""Every alert fires when it must and stays quiet otherwise, as Prometheus evaluates it."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from manifests.alerts.prometheus_rule import ALERTS, prometheus_rule
from tests.integration.cli.alert_cases import CASES
from tests.integration.cli.promtool_series import Series, followed_by


def promtool(*args: object) -> subprocess.CompletedProcess[str]:
    path = shutil.which("promtool")
    if path is None:
        pytest.skip("promtool is not on PATH; the Debian package prometheus has it")
    command = [path, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rule_file(folder: Path, *names: str) -> Path:
    """The rules, or only those named."""
    spec = prometheus_rule(labels={}, runbook="https://example.org/operations")["spec"]
    (group,) = spec["groups"]
    group["rules"] = [r for r in group["rules"] if not names or r["alert"] in names]
    file = folder / "rules.yaml"
    file.write_text(json.dumps(spec))  # JSON is YAML
    return file


def evaluate(folder: Path, name: str, scenes: list[Series], alerts: Mapping[int, int]) -> None:
    """Exactly so many alerts of that name fire in each scene, by the minute."""
    query = f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)'
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": key, "values": value} for key, value in scene.items()],
            "promql_expr_test": [
                {
                    "expr": query,
                    "eval_time": f"{minute}m",
                    "exp_samples": [{"labels": "{}", "value": number}],
                }
                for minute, number in alerts.items()
            ],
        }
        for scene in scenes
    ]
    file = folder / "test.yaml"
    head = {"rule_files": [str(rule_file(folder, name))], "evaluation_interval": "1m"}
    file.write_text(json.dumps({**head, "tests": tests}))
    run = promtool("test", "rules", file)
    assert run.returncode == 0, run.stdout + run.stderr


def test_prometheus_accepts_the_rules(tmp_path):
    run = promtool("check", "rules", rule_file(tmp_path))
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(ALERTS)} rules found" in run.stdout


def test_every_alert_has_both_cases():
    assert set(CASES) == {alert.name for alert in ALERTS}
    assert {name for name, case in CASES.items() if not case.quiet} == {"PvcBackupWatchdog"}


@pytest.mark.parametrize("name", CASES)
def test_the_alert_fires(tmp_path, name):
    evaluate(tmp_path, name, CASES[name].fires, {CASES[name].at: 1})


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.quiet])
def test_the_alert_stays_quiet(tmp_path, name):
    evaluate(tmp_path, name, CASES[name].quiet, {CASES[name].at: 0})


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.quiet])
def test_the_alert_clears_when_its_cause_is_gone(tmp_path, name):
    case = CASES[name]
    scenes = [followed_by(scene, case.cleared, case.at + 1) for scene in case.fires]
    evaluate(tmp_path, name, scenes, {case.at: 1, 2 * case.at: 0})


def test_the_summary_names_what_it_is_about(tmp_path):
    (rule,) = [alert.rule("r") for alert in ALERTS if alert.name == "BackupNotScheduled"]
    summary = "shop/data is labelled and Bound, but nothing backs it up."
    expected = {
        "exp_labels": {
            **rule["labels"],
            "namespace": "shop",
            "persistentvolumeclaim": "data",
        },
        "exp_annotations": {
            "summary": summary,
            "runbook_url": "https://example.org/operations#backupnotscheduled",
        },
    }
    (scene,) = CASES["BackupNotScheduled"].fires
    alert = {"eval_time": "60m", "alertname": "BackupNotScheduled", "exp_alerts": [expected]}
    series = [{"series": key, "values": value} for key, value in scene.items()]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": [alert]}
    file = tmp_path / "test.yaml"
    head = {"rule_files": [str(rule_file(tmp_path))], "evaluation_interval": "1m"}
    file.write_text(json.dumps({**head, "tests": [test]}))
    run = promtool("test", "rules", file)
    assert run.returncode == 0, run.stdout + run.stderr
