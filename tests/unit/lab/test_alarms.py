import json

from contract.names import Claim
from lab.alarms import causes
from lab.alarms.scenes import CHANGES, COUNTING, SCENES
from lab.alarms.watch import PLACED
from manifests.alerts.prometheus_rule import ALERTS, prometheus_rule

NAMES = [alert.name for alert in ALERTS]


def test_every_alert_has_exactly_one_cause():
    caused = [name for scene in SCENES.values() for name in scene.alerts]
    assert sorted(caused) == sorted(NAMES)
    assert set(NAMES) >= COUNTING


def test_the_rules_of_the_drill_differ_in_waits_and_thresholds_only():
    def rules(**changes):
        (group,) = prometheus_rule(labels={}, **changes)["spec"]["groups"]
        return {rule["alert"]: rule for rule in group["rules"]}

    ours, drilled = rules(), rules(changes=CHANGES)
    for name in NAMES:
        assert drilled[name]["annotations"] == ours[name]["annotations"]
        assert drilled[name]["labels"] == ours[name]["labels"]
        same = drilled[name]["expr"] == ours[name]["expr"]
        assert same == (CHANGES[name].threshold is None)


def test_alerts_about_a_pvc_must_name_its_namespace():
    assert {"BackupLate", "BackupSecretNotSynced", "PvcDenied", "RestoreProofFailed"} <= PLACED
    assert not {"PvcPlumberDown", "RepositoryUnreadable"} & PLACED


def test_only_one_line_of_the_record_is_aged():
    lines = [
        {"namespace": "a", "pvc": "data", "since": "2026-01-01T00:00:00Z", "proven": ""},
        {"namespace": "b", "pvc": "data", "since": "2026-01-01T00:00:00Z", "proven": ""},
    ]
    aged = causes._aged("\n".join(map(json.dumps, lines)), Claim("a", "data"))
    first, second = map(json.loads, aged.splitlines())
    assert first == {**lines[0], "since": causes.LONG_AGO}
    assert second == lines[1]
