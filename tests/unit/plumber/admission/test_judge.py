"""Whatever Kyverno did or left out: nothing that would bind empty over a backup is admitted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract import labels
from contract.answer import Decision
from kopia.snapshots import Snapshot
from plumber.admission import judge
from plumber.admission.review import AdmissionRequest, read
from plumber.answer import Answer, Cause
from tests.unit.plumber.admission.reviews import CLAIM, OURS, SEEN, review
from tests.unit.plumber.conftest import SNAPSHOT

ID, OTHER = SNAPSHOT.id, "b" * 32
RESTORED = {**SEEN, labels.RESTORE_FROM: ID}


def request(*args: Any, **spec: Any) -> AdmissionRequest:
    return read(json.dumps(review(*args, **spec)).encode())


def answer(decision: Decision, snapshot: Snapshot | None = None) -> Answer:
    is_restore = decision is Decision.RESTORE
    return Answer(
        decision=decision,
        cause=Cause.BACKUP,
        reason="disk on fire",
        claim=CLAIM,
        snapshot=(snapshot or SNAPSHOT) if is_restore else None,
        start_empty=ID if is_restore else "",
    )


RESTORE, FRESH, UNKNOWN = (answer(decision) for decision in Decision)


def test_a_pvc_that_is_filled_from_the_snapshot_of_the_answer_is_admitted() -> None:
    assert judge.denial(request("CREATE", RESTORED, dataSourceRef=OURS), RESTORE) == ""
    both = request("CREATE", RESTORED, dataSourceRef=OURS, dataSource=OURS)
    assert judge.denial(both, RESTORE) == ""


def test_a_pvc_that_kyverno_passed_by_is_denied_with_the_way_out() -> None:
    text = judge.denial(request("CREATE"), RESTORE)
    assert "would not restore it; create it again" in text
    assert f"set annotation {labels.START_EMPTY}" in text
    assert ID in text
    assert "has not seen this PVC" in text


UNRESTORED = {
    "no source": ({**RESTORED}, {}),
    "no record": ({**SEEN}, {"dataSourceRef": OURS}),
    "an older snapshot": ({**SEEN, labels.RESTORE_FROM: OTHER}, {"dataSourceRef": OURS}),
    "another destination": (RESTORED, {"dataSourceRef": {**OURS, "name": "other-restore"}}),
    "another kind": (RESTORED, {"dataSourceRef": {**OURS, "kind": "ReplicationSource"}}),
    "another namespace": (RESTORED, {"dataSourceRef": {**OURS, "namespace": "vault"}}),
    "a PVC": (RESTORED, {"dataSource": {"kind": "PersistentVolumeClaim", "name": "x"}}),
    "one of each": (
        RESTORED,
        {"dataSourceRef": OURS, "dataSource": {"kind": "VolumeSnapshot", "name": "x"}},
    ),
    "a volume by name": (RESTORED, {"dataSourceRef": OURS, "volumeName": "pv-1"}),
    "bound in an earlier life": (
        {**RESTORED, labels.BIND_COMPLETED: "yes"},
        {"dataSourceRef": OURS},
    ),
}


@pytest.mark.parametrize(("annotations", "spec"), UNRESTORED.values(), ids=UNRESTORED)
def test_what_would_not_restore_the_backup_is_denied(annotations, spec) -> None:
    assert judge.denial(request("CREATE", annotations, **spec), RESTORE)


def test_a_mark_that_a_manifest_brings_along_proves_nothing() -> None:
    assert judge.denial(request("CREATE", {**SEEN, labels.DECISION: "fresh"}), RESTORE)


@pytest.mark.parametrize("operation", ["CREATE", "UPDATE"])
def test_an_unknown_state_is_denied_with_its_reason(operation) -> None:
    text = judge.denial(request(operation, RESTORED, dataSourceRef=OURS), UNKNOWN)
    assert "disk on fire" in text
    assert "again" in text


def test_a_first_pvc_that_kyverno_never_saw_is_denied_with_what_helps() -> None:
    """Its label came from a policy that runs after ours: it could not be restored later."""
    text = judge.denial(request("CREATE"), FRESH)
    assert "MutatingAdmissionPolicy" in text
    assert judge.denial(request("CREATE", {labels.DECISION: "fresh"}), FRESH) == ""


def test_a_generated_name_is_not_known_to_kyverno() -> None:
    generated = review("CREATE")
    generated["request"]["object"]["metadata"]["generateName"] = "da"
    assert judge.denial(read(json.dumps(generated).encode()), FRESH) == ""


def test_a_late_label_over_backups_is_denied_with_the_way_out() -> None:
    text = judge.denial(request("UPDATE"), RESTORE)
    assert "was not filled from its backups" in text
    assert f"set annotation {labels.START_EMPTY} to that id" in text
    assert ID in text


def test_a_late_label_is_admitted_without_backups_or_on_what_was_filled_from_them() -> None:
    assert judge.denial(request("UPDATE"), FRESH) == ""
    filled = {labels.RESTORE_FROM: OTHER}  # it has been backed up since
    assert judge.denial(request("UPDATE", filled, dataSourceRef=OURS), RESTORE) == ""


def test_a_label_that_was_taken_off_may_be_put_on_again() -> None:
    """The newest backup is of this very PVC, as the uid in its tags tells."""
    again = review("UPDATE")
    again["request"]["object"]["metadata"]["uid"] = "u-1"
    own = structs.replace(SNAPSHOT, pvc_uid="u-1")
    asked = read(json.dumps(again).encode())
    assert judge.denial(asked, answer(Decision.RESTORE, own)) == ""
    another = structs.replace(SNAPSHOT, pvc_uid="u-2")
    assert judge.denial(asked, answer(Decision.RESTORE, another))
    assert judge.denial(request("UPDATE"), RESTORE)  # neither has a uid


def test_annotations_become_the_question() -> None:
    asked = judge.question(request("CREATE", {labels.RESTORE_AS_OF: "2026-05-01T12:00:00Z"}), 1.0)
    assert asked.as_of == SNAPSHOT.start
    assert asked.claim == CLAIM
    assert judge.question(request("CREATE", {labels.START_EMPTY: ID}), 1.0).start_empty == ID
    assert judge.question(request("CREATE", {labels.START_EMPTY: "all"}), 1.0).start_empty == ""


def test_a_time_that_nobody_can_read_is_refused_and_means_nothing_to_a_late_label() -> None:
    spoilt = {labels.RESTORE_AS_OF: "yesterday"}
    with pytest.raises(judge.UnusableAnnotation, match="must be a time in UTC"):
        judge.question(request("CREATE", spoilt), 1.0)
    assert judge.question(request("UPDATE", spoilt), 1.0).as_of is None


@given(
    decision=st.sampled_from([RESTORE, FRESH, UNKNOWN]),
    annotations=st.dictionaries(
        st.sampled_from(
            [labels.DECISION, labels.RESTORE_FROM, labels.START_EMPTY, labels.BIND_COMPLETED]
        ),
        st.sampled_from([ID, OTHER, "restore", "fresh", ""]),
    ),
    spec=st.dictionaries(
        st.sampled_from(["dataSource", "dataSourceRef"]),
        st.sampled_from([OURS, {**OURS, "name": "x"}, {"kind": "VolumeSnapshot", "name": "x"}]),
    ),
    volume=st.sampled_from(["", "pv-1"]),
)
def test_a_new_pvc_is_admitted_only_as_the_answer_says(decision, annotations, spec, volume):
    if judge.denial(request("CREATE", annotations, **spec, volumeName=volume), decision):
        return
    assert decision is not UNKNOWN
    if decision is RESTORE:
        assert spec
        assert all(source == OURS for source in spec.values())
        assert annotations[labels.RESTORE_FROM] == ID
        assert not volume
