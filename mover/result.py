"""A Job's result: JSON in the termination message of its container."""

import json
from dataclasses import asdict, dataclass, fields, replace

LIMIT = 4096  # bytes that Kubernetes keeps of a termination message
TEXT_LIMIT = 1500  # bytes of JSON, for each of two texts
SHORTENED = "..."


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a Job ended. `verified` is set only after the data was read back and compared."""

    verified: bool = False
    reason: str = ""  # of a failure; safe to show
    repository: str = ""
    snapshot: str = ""
    time: str = ""  # of the snapshot, RFC 3339 UTC
    files: int = 0
    dirs: int = 0
    bytes: int = 0
    errors: int = 0
    note: str = ""  # what could not be kept, or was left alone
    repository_failed: bool = False  # any other volume would have failed too
    held_by: str = ""  # the snapshot since which retention is held, as data was lost

    def text(self, role: str) -> str:
        """One line for people."""
        if not self.verified:
            return self.reason
        verb = "Backed up" if role == "source" else "Restored"
        counts = f"{self.files} files, {self.dirs} directories, {self.bytes} bytes"
        note = f"; {self.note}" if self.note else ""
        return f"{verb} snapshot {self.snapshot}: {counts}, verified{note}"


def encode(result: Result) -> str:
    """A termination message within its limit."""
    cut = replace(result, reason=_cut(result.reason), note=_cut(result.note))
    return json.dumps(asdict(cut), separators=(",", ":"))


def decode(text: str | None) -> Result | None:
    """The result, or None where there is none that can be trusted."""
    try:
        values = json.loads(text or "")
        if not isinstance(values, dict) or set(values) != {field.name for field in fields(Result)}:
            return None
        result = Result(**values)
    except (ValueError, TypeError, RecursionError):
        return None
    sound = all(type(getattr(result, field.name)) is field.type for field in fields(Result))
    return result if sound else None


def _cut(text: str) -> str:
    # As JSON a character may take six bytes, and half a message would be none.
    if len(json.dumps(text)) <= TEXT_LIMIT:
        return text
    while len(json.dumps(text + SHORTENED)) > TEXT_LIMIT:
        text = text[: len(text) * 3 // 4]
    return text + SHORTENED
