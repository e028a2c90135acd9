"""Classifies failures of kopia by its standard error: a short reason, and whose fault it is."""

import json
import re
import subprocess
from contextlib import suppress

REASON_LIMIT = 300  # characters; reasons are shown in events, answers and metrics
ABOUT_ONE_FILE = "Error when processing "
# Logged as an error above a thousand, although everything was read (committed_read_manager.go).
HARMLESS = "Found too many index blobs"
PLAIN_ERROR = re.compile(r"\s*(error|fatal|panic|unable to)\b", re.IGNORECASE)


class KopiaError(Exception):
    """Kopia gave no trustworthy answer. `reason` is short and holds no secret.

    `process` is set when kopia could not even be killed; it may end later.
    """

    def __init__(self, reason: str, process: subprocess.Popen[bytes] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.process = process


class RepositoryError(KopiaError):
    """The repository or the path to it is the cause: any other volume would have failed too."""


class PasswordError(RepositoryError):
    """The repository has another password. Where it is a PVC's own, the PVC's Secret is wrong."""


class FullError(KopiaError):
    """A file system other than the repository's has no space left."""


# One manifest of a snapshot is unusable, and kopia has left it out (snapshot/manager.go).
UNUSABLE_MANIFEST = re.compile(
    r"unable to parse snapshot manifest (.+?): unable to find manifest entries:"
    r" unable to unmarshal ",
    re.DOTALL,
)
FULL = r"(?:no space left on device|disk quota exceeded)"
# How kopia gives up after retries of a storage operation (internal/retry/retry.go); the operating
# system's own error comes last.
GAVE_UP = r"despite \d+ retries: (?:[^\"\n\\]*: )?([^:\"\n\\]+)"

# Patterns in kopia's standard error; the first match gives the class and the reason.
KNOWN_FAILURES: tuple[tuple[str, type[KopiaError], str], ...] = (
    ("invalid repository password", PasswordError, "wrong repository password"),
    (
        "repository not initialized|kopia.repository blob: BLOB not found",
        RepositoryError,
        "there is no repository at the path",
    ),
    ("cannot access storage path", RepositoryError, "the repository's path cannot be read"),
    (f"PutBlobInPath.*{FULL}", RepositoryError, "the repository's volume is full"),
    (GAVE_UP, RepositoryError, "the repository's storage fails: {}"),
    (FULL, FullError, "no space left on device"),
    ("repository is not connected", KopiaError, "kopia is not connected to the repository"),
    ("found existing data in storage location", KopiaError, "the path already holds data"),
    ("panic:", KopiaError, "kopia crashed"),
)


def error_of(code: int, stderr: str, password: str) -> KopiaError | None:
    """The error of a process with this exit code and standard error; None where it succeeded."""
    lines = stderr.splitlines()
    errors = [line for line in lines if _is_error(line)]
    if not code and not errors:
        return None
    # A file's name could contain any of the patterns.
    lines = [line for line in lines if not line.startswith(ABOUT_ONE_FILE)]
    for sign, kind, text in KNOWN_FAILURES:
        match = re.search(sign, "\n".join(lines))
        if match:
            words = (_printable(group, password) for group in match.groups())
            return kind(text.format(*words)[:REASON_LIMIT])
    line = "".join(errors[-1:] or lines[-1:])
    line = _message(line) or line
    ending = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    reason = f"kopia failed ({ending}): {_printable(line, password)}"
    return KopiaError(reason[:REASON_LIMIT].rstrip(": "))


def unusable_manifests(stderr: str) -> tuple[frozenset[str], str]:
    """The ids of manifests that kopia could not read and left out; and all other lines."""
    ids, others = set[str](), []
    for line in stderr.splitlines():
        match = UNUSABLE_MANIFEST.match(_message(line)) if line.startswith("{") else None
        ids.update(match.groups() if match else ())
        if match is None:
            others.append(line)
    return frozenset(ids), "\n".join(others)


def _is_error(line: str) -> bool:
    # Exit code 0 is no proof: kopia skips a snapshot that it cannot parse and only logs that.
    if line.startswith("{"):
        return not _message(line).startswith(HARMLESS)
    return PLAIN_ERROR.match(line) is not None


def _message(line: str) -> str:
    """The message of a logged line; "" where it cannot be parsed, which counts as an error."""
    with suppress(ValueError, TypeError, KeyError):
        return str(json.loads(line)["m"])
    return ""


def _printable(text: str, password: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text.replace(password, "***")).strip()
