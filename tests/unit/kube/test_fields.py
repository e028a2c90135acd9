from typing import Any

import pytest

from contract.labels import BOUND, RESTORE_FROM
from fakes.builders import filled
from kube import fields

BARE: dict[str, Any] = {"metadata": {"name": "x"}}


def conditioned(*conditions: dict[str, str]) -> dict[str, Any]:
    return {**BARE, "status": {"conditions": list(conditions)}}


def owned(*refs: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "x", "ownerReferences": list(refs)}}


@pytest.mark.parametrize(
    "raw", [BARE, {**BARE, "status": None}, conditioned(), conditioned({"type": "Other"})]
)
def test_what_nobody_has_stated_does_not_hold(raw: dict[str, Any]) -> None:
    assert fields.condition(raw, fields.READY) == {}
    assert not fields.is_true(raw, fields.READY)
    assert fields.job_end(raw) == ""
    assert fields.unscheduled(raw) == {}


@pytest.mark.parametrize(
    ("status", "holds"), [("True", True), ("False", False), ("Unknown", False)]
)
def test_a_condition_holds_only_where_it_is_true(status: str, holds: bool) -> None:
    raw = conditioned({"type": "Other", "status": "True"}, {"type": "Ready", "status": status})
    assert fields.is_true(raw, fields.READY) is holds
    assert fields.condition(raw, fields.READY)["status"] == status


def test_a_job_that_has_failed_is_over_whatever_else_it_says() -> None:
    complete, failed = {"type": "Complete", "status": "True"}, {"type": "Failed", "status": "True"}
    assert fields.job_end(conditioned(complete)) == fields.COMPLETE
    assert fields.job_end(conditioned(complete, failed)) == fields.FAILED
    assert fields.job_end(conditioned({**failed, "status": "False"})) == ""


def test_a_pod_that_the_scheduler_has_placed_lacks_no_node() -> None:
    waits = {"type": "PodScheduled", "status": "False", "message": "no node"}
    assert fields.unscheduled(conditioned(waits)) == waits
    assert fields.unscheduled(conditioned({**waits, "status": "True"})) == {}


def test_of_several_owners_one_manages() -> None:
    one, two = {"kind": "PVC", "uid": "1"}, {"kind": "Job", "uid": "2", "controller": True}
    raw = owned(one, two)
    assert fields.controller(raw) == two
    assert fields.owner_of_kind(raw, "PVC") == one
    assert fields.is_owned_by(raw, "1")
    assert not fields.is_owned_by(raw, "3")
    assert fields.controller(owned(one)) == fields.controller(BARE) == {}
    assert fields.owner_of_kind(BARE, "PVC") == {}


@pytest.mark.parametrize(
    ("status", "is_filled"),
    [
        ({}, False),
        ({"conditions": [{"type": "Ready", "status": "False"}]}, False),
        ({"conditions": [{"type": "Ready", "status": "True"}]}, True),
        (
            {
                "conditions": [{"type": "Ready", "status": "False"}],
                "refreshTime": "2026-03-01T12:00:00Z",
            },
            True,
        ),
    ],
)
def test_a_secret_that_was_filled_once_stays_filled(
    status: dict[str, Any], is_filled: bool
) -> None:
    assert fields.is_filled({"status": status}) is is_filled


def test_what_an_object_lacks_is_empty() -> None:
    bare = {"metadata": {"name": "x", "labels": None, "annotations": None}, "status": None}
    assert (fields.labels(bare), fields.annotations(bare), fields.phase(bare)) == ({}, {}, "")
    assert fields.phase({**BARE, "status": {"phase": "Bound"}}) == BOUND
    assert fields.provisioner(None) == fields.driver(BARE) == ""


def test_volumes_are_frozen_only_where_a_snapshot_class_is_for_their_driver() -> None:
    assert fields.takes_snapshots("a", {"a", "b"})
    assert not fields.takes_snapshots("c", {"a", "b"})
    assert not fields.takes_snapshots("", {""})  # it is not known which one it is


def test_a_pvc_was_restored_where_its_reference_and_its_record_say_so_together() -> None:
    made = filled("photos", "1" * 32)
    place = {"namespace": "media", "name": "photos"}
    restored = {"metadata": made["metadata"] | place, "spec": made["spec"]}
    assert fields.restored_from(restored) == "1" * 32
    # Anybody may annotate a PVC later, but nobody can change where it came from.
    annotated = {"metadata": place | {"annotations": {RESTORE_FROM: "1" * 32}}}
    assert fields.restored_from(annotated) == ""
    assert fields.restored_from({**restored, "metadata": place}) == ""
    other = {**restored, "metadata": {**restored["metadata"], "name": "music"}}
    assert fields.restored_from(other) == ""
