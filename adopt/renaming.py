"""Command lines that give a source the name that this project reads. Pure."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from contract.names import Claim, Identity, claim_of, identity
from contract.repository import KEY_PASSWORD


def rename(source: Identity, claim: Claim, kopia: str = "kopia") -> str:
    """The line that gives the source's snapshots to the claim; "" where they are its own."""
    target = identity(claim)
    if source == target:
        return ""
    # A copy keeps the old system working. But a name that stands for another PVC must become free.
    verb = "copy-history" if claim_of(source) is None else "move-history"
    return _line(kopia, verb, source, target)


def rename_back(source: Identity, claim: Claim, kopia: str = "kopia") -> str:
    """The line that copies everything back to the old name; "" where it is the new one."""
    target = identity(claim)
    return "" if source == target else _line(kopia, "copy-history", target, source)


def session(repository: Path, password_file: str, kopia: str, lines: Sequence[str]) -> list[str]:
    """The lines within a kopia connection of their own, which leaves no password behind."""
    password = f'export {KEY_PASSWORD}="$(cat {shlex.quote(password_file)})"'
    connect = ("repository", "connect", "filesystem", f"--path={repository}")
    return [
        password,
        'export KOPIA_CONFIG_PATH="$(mktemp -d)/repository.config"',
        shlex.join([kopia, *connect, "--no-persist-credentials"]),
        *lines,
        shlex.join([kopia, "repository", "disconnect"]),
    ]


def _line(kopia: str, verb: str, source: Identity, target: Identity) -> str:
    return shlex.join([kopia, "snapshot", verb, str(source), str(target)])
