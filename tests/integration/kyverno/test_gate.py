"""What the validating policy denies, and that it denies nothing else."""

import json
import signal

import pytest

from contract.labels import RESTORE_AS_OF, START_EMPTY
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.conftest import EXCLUDED
from tests.integration.kyverno.objects import our_source, pvc


def json_answer(status: int, **fields: object) -> tuple[int, bytes]:
    return status, json.dumps(fields).encode()


UNCLEAR = {
    "another word": json_answer(200, decision="maybe", authoritative=True, reason="r"),
    "no word": json_answer(200, authoritative=True),
    "null": json_answer(200, decision=None, authoritative=True),
    "not authoritative": json_answer(200, decision="fresh", authoritative=False),
    "authoritative missing": json_answer(200, decision="fresh"),
    "authoritative as text": json_answer(200, decision="fresh", authoritative="true"),
    "fresh with 503": json_answer(503, decision="fresh", authoritative=True),
    "fresh with 404": json_answer(404, decision="fresh", authoritative=True),
    "restore without a snapshot": json_answer(200, decision="restore", authoritative=True),
    "the origin's answer": json_answer(200, exists=False),
    "HTML": (502, b"<html>Bad Gateway</html>"),
    "HTML with 200": (200, b"<html>fresh</html>"),
    "a list": (200, b'["fresh"]'),
    "nothing": (200, b""),
    "a status in the body": json_answer(500, decision="fresh", authoritative=True, statusCode=200),
    "no answer": answers.HANGS_UP,
}


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_answer_denies(kyverno, namespace, answer):
    kyverno.script.set_answers(namespace, answer)
    with pytest.raises(Refused, match="volsync-pvc-backup-restore"):
        kyverno.api.create(pvc(namespace))


def test_a_denial_carries_the_reason_and_what_to_do(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.unknown("repository is not the pinned one"))
    with pytest.raises(Refused) as denied:
        kyverno.api.create(pvc(namespace))
    assert "repository is not the pinned one" in str(denied.value)
    assert "create the PVC again" in str(denied.value)


FOREIGN = {
    "a snapshot": {
        "dataSource": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
    },
    "a PVC": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "other"}},
    "another destination": {"dataSourceRef": our_source("other")},
    "another kind": {"dataSourceRef": {**our_source(), "kind": "ReplicationSource"}},
    "another group": {"dataSourceRef": {**our_source(), "apiGroup": "example.org"}},
}


@pytest.mark.parametrize("answer", [answers.restore(), answers.fresh()], ids=["restore", "fresh"])
@pytest.mark.parametrize("spec", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_source_is_denied(kyverno, namespace, spec, answer):
    kyverno.script.set_answers(namespace, answer)
    with pytest.raises(Refused, match="from its own backup only"):
        kyverno.api.create(pvc(namespace, **spec))


def test_a_named_volume_is_denied_where_a_backup_exists(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe10"))
    with pytest.raises(Refused, match=r"remove volumeName.*cafe10"):
        kyverno.api.create(pvc(namespace, volumeName="pv-1"))


def test_a_named_volume_is_accepted_by_whom_it_is_acknowledged(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())  # as pvc-plumber then answers
    manifest = pvc(namespace, annotations={START_EMPTY: "a" * 32}, volumeName="pv-1")
    assert kyverno.api.create(manifest)["spec"]["volumeName"] == "pv-1"


def test_a_restore_that_nothing_can_serve_is_denied(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    with pytest.raises(Refused, match="there is none: no backup; remove"):
        kyverno.api.create(pvc(namespace, dataSourceRef=our_source()))


def test_an_older_state_that_does_not_exist_is_denied(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    with pytest.raises(Refused, match="asks for an older state"):
        kyverno.api.create(pvc(namespace, annotations={RESTORE_AS_OF: "2026-01-31T12:00:00Z"}))


def test_nobody_is_asked_about_an_excluded_namespace(kyverno):
    kyverno.script.set_answers(EXCLUDED, answers.unknown("r"))
    with pytest.raises(Refused, match="is excluded from backup"):
        kyverno.api.create(pvc(EXCLUDED))
    assert EXCLUDED not in kyverno.script.requests


def test_a_delete_passes_while_the_state_is_unknown(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    live = kyverno.api.create(pvc(namespace))
    kyverno.script.set_answers(namespace, answers.unknown("r"))
    kyverno.api.delete(live)


def test_a_dead_kyverno_denies_labelled_pvcs_and_nothing_else(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    old = kyverno.api.create(pvc(namespace, "old"))
    kyverno.admission.send_signal(signal.SIGSTOP)
    try:
        kyverno.api.create(pvc(namespace, "plain", tier=None))
        kyverno.api.create(pvc(namespace, "exempt", tier="none"))
        kyverno.api.merge(old, {"metadata": {"labels": {"backup": "daily"}}})
        kyverno.api.delete(old)
        with pytest.raises(Refused, match="failed calling webhook"):
            kyverno.api.create(pvc(namespace, "new"))
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)
