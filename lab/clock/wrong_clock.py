"""Runs a program under a clock that is ahead or behind: libfaketime for Python, a kopia of ours.

Go asks the kernel for the time without libc, so that libfaketime reaches no kopia: the one of
lab/tools/kopia/instead reads the same variable. The times of files are real, as the export's are.
"""

import glob
import os
from datetime import timedelta
from pathlib import Path

from lab import paths

UNDER_FAKETIME = Path(__file__).parent / "under_faketime"
LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"  # Debian's libfaketime
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SKEWS = tuple(
    sign * skew for skew in (6 * MINUTE, 2 * HOUR, 2 * DAY, 40 * DAY, 400 * DAY) for sign in (1, -1)
)


def name(skew: timedelta) -> str:
    """A skew in words, such as `2 days ahead`."""
    size = abs(skew)
    units = {"days": DAY, "hours": HOUR, "minutes": MINUTE}
    unit, length = next((unit, length) for unit, length in units.items() if size >= length)
    return f"{size // length} {unit} {'ahead' if skew > timedelta() else 'behind'}"


def environment(skew: timedelta) -> dict[str, str]:
    """The variables of a program whose clock is wrong. Raises FileNotFoundError."""
    libraries = glob.glob(LIBRARY)
    if not libraries:
        raise FileNotFoundError(f"{LIBRARY}: install Debian's package libfaketime")
    return {
        "LD_PRELOAD": libraries[0],
        "FAKETIME": f"{skew.total_seconds():+.0f}",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": os.pathsep.join((str(UNDER_FAKETIME), str(paths.ROOT))),
        "DONT_FAKE_MONOTONIC": "1",
    }


def kopia_on_path(folder: Path, kopia: Path) -> str:
    """A PATH on which `kopia` is this one, by a link in a folder."""
    (folder / "kopia").symlink_to(kopia)
    return os.pathsep.join((str(folder), os.defpath))
