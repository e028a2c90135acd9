"""What the mutating policy makes of a PVC, for each answer of pvc-plumber."""

import pytest

from contract import labels
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.objects import our_source, pvc


def annotations(live: dict) -> dict:
    return live["metadata"].get("annotations", {})


def test_a_backup_gives_the_pvc_its_source_and_records_the_snapshot(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe01"))
    live = kyverno.api.create(pvc(namespace))
    assert live["spec"]["dataSourceRef"] == our_source()
    assert annotations(live) == {
        labels.DECISION: "restore",
        labels.RESTORE_FROM: "cafe01",
        labels.RESTORE_FROM_TIME: answers.TIME,
    }


def test_of_a_fresh_pvc_the_decision_alone_is_recorded(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    live = kyverno.api.create(pvc(namespace, annotations={"team": "a"}))
    assert "dataSourceRef" not in live["spec"]
    assert annotations(live) == {"team": "a", labels.DECISION: "fresh"}


def test_other_annotations_survive_a_restore(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore())
    live = kyverno.api.create(pvc(namespace, annotations={"team": "a"}))
    assert annotations(live)["team"] == "a"


@pytest.mark.parametrize("tier", [None, "none"])
def test_a_pvc_without_a_tier_is_never_asked_about(kyverno, namespace, tier):
    kyverno.script.set_answers(namespace, answers.unknown("disk on fire"))
    kyverno.api.create(pvc(namespace, tier=tier))
    assert namespace not in kyverno.script.requests


def test_a_forged_record_is_overwritten(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe02"))
    forged = {labels.RESTORE_FROM: "evil", labels.RESTORE_FROM_TIME: "never"}
    live = kyverno.api.create(pvc(namespace, annotations=forged))
    assert annotations(live)[labels.RESTORE_FROM] == "cafe02"
    assert annotations(live)[labels.RESTORE_FROM_TIME] == answers.TIME


def test_a_record_of_an_earlier_restore_is_removed_from_a_fresh_pvc(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    forged = {labels.RESTORE_FROM: "evil", "team": "a"}
    live = kyverno.api.create(pvc(namespace, annotations=forged))
    assert annotations(live) == {"team": "a", labels.DECISION: "fresh"}


def test_an_acknowledged_snapshot_is_passed_on(kyverno, namespace):
    number = "0123456789abcdef" * 2
    kyverno.script.set_answers(namespace, answers.fresh())
    marks = {labels.START_EMPTY: number, labels.RESTORE_FROM: "old"}
    live = kyverno.api.create(pvc(namespace, annotations=marks))
    assert "dataSourceRef" not in live["spec"]
    assert annotations(live) == {labels.START_EMPTY: number, labels.DECISION: "fresh"}
    path = f"/v1/decision/{namespace}/data?startEmpty={number}"
    assert set(kyverno.script.requests[namespace]) == {path}


@pytest.mark.parametrize("text", ["true", "0" * 31, "0" * 32 + "&x=1", "0" * 32 + "\n", "A" * 32])
def test_what_is_no_snapshot_s_id_is_sent_nowhere(kyverno, namespace, text):
    kyverno.script.set_answers(namespace, answers.restore("cafe04"))
    kyverno.api.create(pvc(namespace, annotations={labels.START_EMPTY: text}))
    assert set(kyverno.script.requests[namespace]) == {f"/v1/decision/{namespace}/data"}


@pytest.mark.parametrize("leftover", ["0" * 32, "", "true"])
def test_a_leftover_start_empty_restores(kyverno, namespace, leftover):
    kyverno.script.set_answers(namespace, answers.restore("cafe04"))
    live = kyverno.api.create(pvc(namespace, annotations={labels.START_EMPTY: leftover}))
    assert live["spec"]["dataSourceRef"] == our_source()


def test_an_exported_manifest_restores_again(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe05"))
    exported = pvc(namespace, annotations={labels.RESTORE_FROM: "old"}, dataSourceRef=our_source())
    live = kyverno.api.create(exported)
    assert live["spec"]["dataSourceRef"] == our_source()
    assert annotations(live)[labels.RESTORE_FROM] == "cafe05"


def test_restore_as_of_is_passed_on(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe06"))
    kyverno.api.create(pvc(namespace, annotations={labels.RESTORE_AS_OF: "2026-01-31T12:00:00Z"}))
    path = f"/v1/decision/{namespace}/data?asOf=2026-01-31T12:00:00Z"
    assert set(kyverno.script.requests[namespace]) == {path}


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+01:00",
        "2026-01-31T12:00:00Z&x=1",
        "2026-01-31T12:00:00Z\n",
        "x\n2026-01-31T12:00:00Z",
    ],
)
def test_a_malformed_restore_as_of_is_denied_and_sent_nowhere(kyverno, namespace, text):
    with pytest.raises(Refused, match="must be a time in UTC"):
        kyverno.api.create(pvc(namespace, annotations={labels.RESTORE_AS_OF: text}))
    assert namespace not in kyverno.script.requests


def test_start_empty_does_not_count_beside_restore_as_of(kyverno, namespace):
    number = "0123456789abcdef" * 2
    kyverno.script.set_answers(namespace, answers.restore(number))
    both = {labels.START_EMPTY: number, labels.RESTORE_AS_OF: "2026-01-31T12:00:00Z"}
    live = kyverno.api.create(pvc(namespace, annotations=both))
    assert all("startEmpty" not in path for path in kyverno.script.requests[namespace])
    assert live["spec"]["dataSourceRef"] == our_source()


def test_a_generated_name_is_judged_by_its_final_name(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    manifest = pvc(namespace)
    manifest["metadata"]["generateName"] = manifest["metadata"].pop("name") + "-"
    live = kyverno.api.create(manifest)
    path = f"/v1/decision/{namespace}/{live['metadata']['name']}"
    assert kyverno.script.requests[namespace] == [path]
