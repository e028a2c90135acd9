"""Changes from root to the repository's user, keeping only the capabilities that the work needs.

Kopia hands files to another owner, but not the folders that it makes, so a repository written by
root locks its readers out; and an export may map root to nobody. Therefore no kopia runs as root.
"""

import ctypes
import os

from contract.repository import GID, UID

# include/uapi/linux/capability.h and prctl.h
NUMBERS = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4}
VERSION_3 = 0x20080522
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
EFFECTIVE = "CapEff"

# What each task keeps. The files of a source are only read. Without FSETID the kernel drops the
# set-group bit that a restore puts on a folder of a group which the process is not in.
READ = ("DAC_OVERRIDE",)
WRITE = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID")


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def become_user(kept: tuple[str, ...]) -> None:
    """Leaves root for good. The kept capabilities reach every process started from here on."""
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(GID, GID, GID)
    os.setresuid(UID, UID, UID)
    bits = mask(kept)
    words = (_Data * 2)(_Data(bits, bits, bits), _Data(0, 0, 0))
    _check(libc.capset(ctypes.byref(_Header(VERSION_3, 0)), words))
    for name in kept:
        _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, NUMBERS[name], 0, 0))


def mask(names: tuple[str, ...]) -> int:
    """Capabilities as the kernel's bit set."""
    return sum(1 << NUMBERS[name] for name in names)


def holds(names: tuple[str, ...], status: str) -> bool:
    """Whether a process has these capabilities, by the text of its /proc/.../status."""
    for line in status.splitlines():
        key, _, value = line.partition(":")
        if key == EFFECTIVE:
            return int(value, 16) & mask(names) == mask(names)
    return False


def _check(code: int) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "capabilities")
