"""Minimum versions of what may already be installed; what a stack installs: `stack/versions.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Version:
    """A release by its three numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


KYVERNO = Version(1, 19, 1)  # the first without the synchronise bug: docs/adr/0003
VOLSYNC = Version(0, 16, 0)  # the first with spec.external: docs/adr/0002
