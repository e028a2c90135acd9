"""Moves a repository out of its folder and back. Runs in the node, on a mount of the export.

    python3 moving.py out|back DIR

Standard library only. Whatever was written meanwhile is lost, as on a wrong export.
"""

import os
import shutil
import sys

AWAY = "away"
DOOMED = "doomed"
ALL = "all"  # in AWAY: everything is there, so that what lies outside is not the repository
FORMAT = "kopia.repository.f"
ATTEMPTS = 20  # movers may write at the same time


def out(top: str) -> None:
    """Leaves the folder empty. The format blob goes first, so that no half repository shows."""
    away = os.path.join(top, AWAY)
    os.mkdir(away, 0o700)
    for name in sorted(_names(top), key=lambda name: name != FORMAT):
        os.rename(os.path.join(top, name), os.path.join(away, name))
    os.mkdir(os.path.join(away, ALL))


def back(top: str) -> None:
    """Moves everything back; does nothing where nothing was moved out."""
    away, doomed = os.path.join(top, AWAY), os.path.join(top, DOOMED)
    if not os.path.isdir(away):
        return
    os.makedirs(doomed, exist_ok=True)
    if os.path.isdir(os.path.join(away, ALL)):
        for name in _names(top):
            _discard(top, name)
        os.rmdir(os.path.join(away, ALL))
    for name in sorted(os.listdir(away), key=lambda name: name == FORMAT):
        _return(top, name)
    os.rmdir(away)
    shutil.rmtree(doomed, ignore_errors=True)


def _names(top: str) -> list[str]:
    return [name for name in os.listdir(top) if name not in (AWAY, DOOMED)]


def _discard(top: str, name: str) -> None:
    doomed = os.path.join(top, DOOMED)
    os.rename(os.path.join(top, name), os.path.join(doomed, f"{len(os.listdir(doomed))}-{name}"))


def _return(top: str, name: str) -> None:
    for attempt in range(ATTEMPTS):
        if os.path.lexists(os.path.join(top, name)):
            _discard(top, name)
        try:
            os.rename(os.path.join(top, AWAY, name), os.path.join(top, name))
        except OSError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


if __name__ == "__main__":
    {"out": out, "back": back}[sys.argv[1]](sys.argv[2])
