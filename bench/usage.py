"""What a process and its children cost, as /proc has it."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Resident bytes of the process and its children."""
    return sum(map(_resident, _family(pid)))


def used(pid: int) -> float:
    """Processor seconds used so far, those of ended children included."""
    return sum(map(_used, _family(pid)))


def _family(pid: int) -> list[int]:
    lists = [_text(path) for path in Path(f"/proc/{pid}/task").glob("*/children")]
    below = [int(child) for children in lists for child in children.split()]
    return [pid, *(descendant for child in below for descendant in _family(child))]


def _resident(pid: int) -> int:
    fields = _text(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _used(pid: int) -> float:
    # After the name in brackets: user, system, and both of children that were waited for.
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # ended meanwhile
