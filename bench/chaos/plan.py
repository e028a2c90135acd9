"""What a run of chaos does, all of it from its seed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from lab.faults.catalog import Fault

LATEST = 8.0  # seconds into a run at which a part breaks
SHORTEST, LONGEST = 1.0, 10.0  # seconds that it stays broken
TWICE = 1 / 3  # of the runs have two faults
NEW = 1 / 4  # of the PVCs are new ones
TIDY = 3 / 4  # are created again only after all that belonged to them is gone
ABANDONED = 1 / 3  # are lost while their backup may still run
HASTE = 6.0  # seconds that such a backup gets at most


@dataclass(frozen=True, kw_only=True)
class Break:
    """A fault and its time, in seconds from the start of the run."""

    fault: str
    at: float
    lasts: float

    def __str__(self) -> str:
        return f"{self.fault} at {self.at:.1f} s for {self.lasts:.1f} s"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happens to one PVC in a run."""

    pause: float  # seconds before anything happens
    is_new: bool  # it has never been there before
    timeout: float  # seconds for its backup before it is lost; infinite waits for the end
    is_tidy: bool  # what belonged to the lost one is gone before it is created again


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run."""

    breaks: tuple[Break, ...]
    lives: tuple[Life, ...]


def plan(seed: str, pvcs: int, faults: Mapping[str, Fault]) -> Plan:
    """The same seed gives the same run."""
    random = Random(seed)  # noqa: S311 - the same run each time
    names = list(faults)
    first = random.choice(names)
    chosen = [first]
    second = [name for name in names if faults[name].goes_with(faults[first])]
    if second and random.random() < TWICE:
        chosen.append(random.choice(second))
    return Plan(
        breaks=tuple(_break(random, name) for name in chosen),
        lives=tuple(_life(random) for _ in range(pvcs)),
    )


def _break(random: Random, fault: str) -> Break:
    lasts = random.uniform(SHORTEST, LONGEST)
    return Break(fault=fault, at=random.uniform(0, LATEST), lasts=lasts)


def _life(random: Random) -> Life:
    hasty = random.random() < ABANDONED
    return Life(
        pause=random.uniform(0, LATEST / 2),
        is_new=random.random() < NEW,
        timeout=random.uniform(0, HASTE) if hasty else math.inf,
        is_tidy=random.random() < TIDY,
    )
