"""The order of a migration, such that no labelled PVC can bind unjudged at any time."""

from dataclasses import dataclass
from enum import IntEnum


class Step(IntEnum):
    """The steps in their order; each may begin when the one before has ended."""

    CLEANUP = 1
    MAINTENANCE = 2
    FORK = 3
    INJECT = 4
    RENAME = 5
    NAMES = 6
    DEPLOY = 7
    GATE = 8
    OBJECTS = 9
    LEFTOVER = 10


TITLES = {
    Step.CLEANUP: "remove the old cleanup, which may take new objects for orphans",
    Step.MAINTENANCE: "stop the old maintenance and whatever else runs Kopia by the clock",
    Step.FORK: "stop the fork; from here to the end of step 9 no backup is made",
    Step.INJECT: "remove what changes movers' Jobs, such as the old NFS injection",
    Step.RENAME: "give the old snapshots the names that this project reads",
    Step.NAMES: "free the names and kinds that the stack needs",
    Step.DEPLOY: "deploy the stack; the old gate still stands",
    Step.GATE: "remove the old gate, now that the new one is in force; then look again",
    Step.OBJECTS: "remove the old objects of each PVC; new ones come within minutes",
    Step.LEFTOVER: "remove what nobody uses any more",
}


@dataclass(frozen=True, kw_only=True, order=True)
class Conflict:
    """An object of the cluster that conflicts with this system; `back` undoes `todo`."""

    step: Step
    kind: str
    namespace: str  # "" where it has none
    name: str
    why: str
    todo: str
    back: str
