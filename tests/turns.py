"""Whose turn it is on the one lab: stories in namespaces of their own go side by side."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

LAB = "tests/e2e/"
KYVERNO = "tests/integration/kyverno/"
RUNBOOK = "test_runbook.py::test_the_commands_of_this_section_do_what_it_says"

# What breaks, scales or configures a part that others use, runs `pulumi up`, or counts what there
# is in the whole cluster, goes alone; and so does whatever is not named here. Long ones first.
SIDE_BY_SIDE = (
    "test_backup.py",
    "test_restore.py",
    f"{RUNBOOK}[Is this PVC safe?]",
    f"{RUNBOOK}[Which PVCs are not protected?]",
    f"{RUNBOOK}[Get one PVC back]",
    f"{RUNBOOK}[Get an older state back]",
    f"{RUNBOOK}[Look into a backup beside the PVC]",
    f"{RUNBOOK}[Start empty although backups exist]",
    "test_itself.py",  # a second lab, but `up` of either waits for the other's
    "test_mover.py",
    "test_pages.py",
    "test_restore_proof.py",
    "test_beside.py",
    "test_loss.py",
)
ALONE_ALL_THE_SAME = ("test_restore.py::test_a_forged_image_is_not_bound",)  # without the mover

# Units: what one worker runs in one go.
OFFLINE = "beside the lab"
ALONE = "alone on the lab"


def is_alone(nodeid: str) -> bool:
    """Whether a story of the lab bears no other beside it."""
    name = nodeid.removeprefix(LAB)
    return not name.startswith(SIDE_BY_SIDE) or name.startswith(ALONE_ALL_THE_SAME)


def unit(nodeid: str) -> str:
    """The unit of a test."""
    if nodeid.startswith(KYVERNO):
        return KYVERNO
    if not nodeid.startswith(LAB):
        return OFFLINE
    return ALONE if is_alone(nodeid) else nodeid.partition("::")[0]


def rank(name: str) -> int:
    """The place of a unit in the line. Those alone come when no other of the lab is left to begin.

    So nobody ever waits for them, and they wait only for the last ones of the others.
    """
    if name in (OFFLINE, ALONE, KYVERNO):
        return {OFFLINE: -1, ALONE: len(SIDE_BY_SIDE), KYVERNO: len(SIDE_BY_SIDE) + 1}[name]
    file = name.removeprefix(LAB)
    return next(n for n, entry in enumerate(SIDE_BY_SIDE) if entry.startswith(file))


def once(folder: Path, do: Callable[[], None]) -> None:
    """Does it unless a process with the same folder has; who comes meanwhile waits for its end."""
    with (folder / "once.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "once.done"
        if not done.exists():
            do()
            done.touch()


class Turns:
    """One process's part in it: a lock on a file, had by many or by one alone."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file: TextIO | None = None
        self._way = fcntl.LOCK_UN

    def enter(self, nodeid: str) -> None:
        """Waits until a test may begin."""
        wanted = _way(nodeid)
        if wanted == self._way:
            return
        self.leave()
        if wanted != fcntl.LOCK_UN:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._place.open("w")
            fcntl.flock(self._file, wanted)
            self._way = wanted

    def leave(self) -> None:
        """Lets others go on."""
        if self._file:
            self._file.close()
        self._file, self._way = None, fcntl.LOCK_UN

    def done(self, following: str) -> None:
        """Gives the turn back, unless the test that follows ("" for none) goes the same way.

        Between two of those side by side there must be no gap for one that goes alone: who is
        here would wait until all of these have ended.
        """
        if not following or _way(following) != self._way:
            self.leave()


def _way(nodeid: str) -> int:
    """How the lock has to be had."""
    if not nodeid.startswith(LAB):
        return fcntl.LOCK_UN
    return fcntl.LOCK_EX if is_alone(nodeid) else fcntl.LOCK_SH
