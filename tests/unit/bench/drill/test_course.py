from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.drill.course import Course, data, figures, growth, marks, seconds, sizes, why
from mover.plan import attempt

COURSE = Course(
    pvc="app-000",
    created=100.0,
    bound=160.0,
    proven=170.0,
    marks={
        "generated": 103.0,
        attempt.PVC_CREATED: 133.0,
        attempt.TRANSFER_STARTED: 135.0,
        attempt.SNAPSHOT_CREATED: 145.0,
        attempt.TRANSFER_FINISHED: 148.0,
    },
)
PHASES = {
    "objects": 3.0,
    "turn": 30.0,
    "volume": 2.0,
    "job": 10.0,
    "snapshot": 3.0,
    "populator": 12.0,
    "application": 10.0,
}


def test_the_phases_are_all_of_the_way() -> None:
    assert COURSE.phases == PHASES
    assert sum(COURSE.phases.values()) == COURSE.proven - COURSE.created


def test_a_mark_that_is_missing_gives_its_part_to_the_next() -> None:
    other_marks = {
        name: at for name, at in COURSE.marks.items() if name != attempt.TRANSFER_STARTED
    }
    phases = replace(COURSE, marks=other_marks).phases
    assert phases["job"] == PHASES["volume"] + PHASES["job"]
    assert "volume" not in phases
    assert replace(COURSE, marks={}).phases == {"populator": 60.0, "application": 10.0}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(COURSE, bound=0.0),
        replace(COURSE, proven=0.0),
        replace(COURSE, changed=("big: one became another",)),
        Course(pvc="none"),
    ],
)
def test_only_what_is_bound_read_and_unchanged_is_equal(wrong: Course) -> None:
    assert COURSE.is_equal
    assert not wrong.is_equal
    assert figures([COURSE, wrong], 99.0, 1)["restored_equal"] == 1


def test_times_count_from_the_first_manifest_to_the_last_pvc() -> None:
    slow = replace(COURSE, pvc="app-001", created=104.0, bound=199.0, proven=200.0)
    totals = figures([slow, COURSE], 99.0, 50 << 20)
    assert (totals["restore_s"], totals["rto_s"]) == (100.0, 101.0)
    assert totals["throughput_mib_s"] == 0.5
    assert (totals["slowest_pvc"], totals["slowest_s"]) == ("app-001", 95.0)
    assert "turn 30 s" in totals["slowest_why"]
    assert totals["median_s"] == 77.5


def test_where_nothing_came_back_there_are_no_times() -> None:
    assert figures([Course(pvc="a"), Course(pvc="b")], 1.0, 1) == {"pvcs": 2, "restored_equal": 0}


def event(reason: str, at: str, uid: str = "one") -> dict[str, Any]:
    return {"reason": reason, "lastTimestamp": at, "involvedObject": {"uid": uid}}


def test_marks_are_of_the_last_try_of_this_very_destination() -> None:
    created = {"uid": "one", "creationTimestamp": "2026-01-01T00:00:01Z"}
    times = marks(
        {"metadata": created},
        [
            event(attempt.TRANSFER_STARTED, "2026-01-01T00:01:00Z"),
            event(attempt.TRANSFER_STARTED, "2026-01-01T00:00:30Z"),
            event(attempt.TRANSFER_FINISHED, "2026-01-01T00:02:00Z", uid="another"),
            event(attempt.TRANSFER_FAILED, "2026-01-01T00:00:40Z"),
        ],
    )
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert times == {"generated": start + 1, attempt.TRANSFER_STARTED: start + 60}
    assert marks(None, []) == {}
    assert seconds(None) == 0.0


def test_holes_are_no_data() -> None:
    tree = {"big": {"size": 3}, "a": {"size": 2}, "sparse": {"size": 1 << 26}, "folder": {}}
    assert data(tree) == 5


@pytest.mark.parametrize("megabytes", [1, 4])
def test_sizes_vary_around_their_mean(megabytes: int) -> None:
    many = sizes(7 * (2 * megabytes - 1), megabytes)
    assert sum(many.values()) == megabytes * len(many)
    assert set(many.values()) == set(range(1, 2 * megabytes))
    assert len(sizes(100, megabytes)) == 100


def test_growth_is_1_where_each_pvc_costs_as_much_as_before() -> None:
    smaller, larger = {"pvcs": 24, "rto_s": 60.0}, {"pvcs": 96, "rto_s": 240.0}
    assert growth(smaller, larger, "rto_s") == 1.0
    assert growth(smaller, {"pvcs": 48, "rto_s": 240.0}, "rto_s") == 2.0


def test_the_reason_names_the_phases_in_their_order() -> None:
    assert why({"turn": 80.4, "job": 5.0}) == "turn 80 s, job 5 s"
