"""The timeline of each PVC in a drill, and the figures of all. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from mover.plan import attempt

MIB = 1 << 20
HOLES = "sparse"  # the file of lab/tree.py whose size is no data
GENERATED = "generated"  # the mark of the ReplicationDestination's own creation
# What ends each part of a PVC's way between its admission and its bind.
MARKS = {
    GENERATED: "objects",
    attempt.PVC_CREATED: "turn",
    attempt.TRANSFER_STARTED: "volume",
    attempt.SNAPSHOT_CREATED: "job",
    attempt.TRANSFER_FINISHED: "snapshot",
}
POPULATOR, APPLICATION = "populator", "application"

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Course:
    """The timeline of one PVC; times are seconds since 1970, 0 for what has not happened."""

    pvc: str
    created: float = 0.0
    bound: float = 0.0
    proven: float = 0.0  # its pod has read all files, and they were compared
    marks: Mapping[str, float] = field(default_factory=dict)
    changed: tuple[str, ...] = ()  # paths that came back otherwise than they were

    @property
    def is_equal(self) -> bool:
        """Whether it came back as it was."""
        return bool(self.bound and self.proven) and not self.changed

    @property
    def seconds(self) -> float:
        """From its admission to its bind."""
        return max(0.0, self.bound - self.created)

    @property
    def phases(self) -> dict[str, float]:
        """Seconds of each part of the way; a mark that is missing gives its part to the next."""
        ends = {name: self.marks[mark] for mark, name in MARKS.items() if mark in self.marks}
        ends |= {POPULATOR: self.bound, APPLICATION: self.proven}
        times = [self.created, *ends.values()]
        parts = (max(0.0, end - begin) for begin, end in pairwise(times))
        return dict(zip(ends, parts, strict=True))


def seconds(text: str | None) -> float:
    """A time of Kubernetes as seconds since 1970; 0 where there is none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def marks(destination: Object | None, events: Iterable[Object]) -> dict[str, float]:
    """When the parts of a restore ended; where it was tried again, the last time."""
    if destination is None:
        return {}
    meta = destination["metadata"]
    times = {GENERATED: seconds(meta["creationTimestamp"])}
    for event in events:
        if event["involvedObject"].get("uid") == meta["uid"] and event["reason"] in MARKS:
            at = seconds(event.get("lastTimestamp"))
            times[event["reason"]] = max(at, times.get(event["reason"], 0.0))
    return times


def data(tree: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of a tree's files, without the holes of the sparse one."""
    return sum(entry.get("size", 0) for path, entry in tree.items() if path != HOLES)


def sizes(pvcs: int, megabytes: int) -> dict[str, int]:
    """PVC -> megabytes of its big file: from 1 to nearly twice the mean, in turn."""
    most = 2 * megabytes - 1
    return {f"app-{number:03}": 1 + number % most for number in range(pvcs)}


def figures(courses: Sequence[Course], began: float, bytes_: int) -> dict[str, Any]:
    """The reported figures of a restore of everything that began at this time."""
    bound = [course for course in courses if course.bound]
    totals: dict[str, Any] = {
        "pvcs": len(courses),
        "restored_equal": sum(course.is_equal for course in courses),
    }
    if not bound:
        return totals
    slowest = max(bound, key=lambda course: course.bound)
    restore = slowest.bound - began
    return totals | {
        "restore_s": round(restore, 1),
        "rto_s": round(max(course.proven or course.bound for course in bound) - began, 1),
        "throughput_mib_s": round(bytes_ / MIB / restore, 2),
        "median_s": round(statistics.median(course.seconds for course in bound), 1),
        "slowest_pvc": slowest.pvc,
        "slowest_s": round(slowest.seconds, 1),
        "slowest_why": why(slowest.phases),
        "median_why": why(_medians(bound)),
    }


def _medians(courses: Sequence[Course]) -> dict[str, float]:
    names = (*MARKS.values(), POPULATOR, APPLICATION)
    parts = {name: [c.phases[name] for c in courses if name in c.phases] for name in names}
    return {name: statistics.median(part) for name, part in parts.items() if part}


def why(phases: Mapping[str, float]) -> str:
    """Phases as text, in their order."""
    return ", ".join(f"{name} {value:.0f} s" for name, value in phases.items())


def growth(smaller: Mapping[str, Any], larger: Mapping[str, Any], figure: str) -> float:
    """How a figure grows with the number of PVCs: 1 where each PVC costs as much as before."""
    per_pvc = [drill[figure] / drill["pvcs"] for drill in (smaller, larger)]
    return round(per_pvc[1] / per_pvc[0], 2)
