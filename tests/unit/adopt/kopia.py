"""A made-up repository, and a kopia that knows it."""

import base64
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from contract.names import Identity
from kopia.format_blob import FORMAT_BLOB

UNIQUE_ID = "ab" * 32


def repository(folder: Path) -> Path:
    """A folder with a format blob, a password beside it."""
    (folder / "repository").mkdir()
    unique = base64.b64encode(bytes.fromhex(UNIQUE_ID)).decode()
    (folder / "repository" / FORMAT_BLOB).write_text(json.dumps({"uniqueID": unique}))
    (folder / "password").write_text("made up")
    return folder / "repository"


def manifest(number: int, source: Identity, hour: int) -> dict:
    summary = {"size": 30, "files": 3, "dirs": 1, "numFailed": 0}
    return {
        "id": f"{number:032x}",
        "source": {"host": source.host, "userName": source.user, "path": source.path},
        "startTime": f"2026-05-01T{hour:02}:00:00Z",
        "endTime": f"2026-05-01T{hour:02}:01:00Z",
        "rootEntry": {"name": "data", "type": "d", "summ": summary},
    }


def fake_kopia(
    folder: Path, sources: Iterable[Identity] = (), owner: str = "maintenance@volsync"
) -> Path:
    """One complete snapshot of each source, an hour apart."""
    sources = tuple(sources)
    output = {
        "repository": {
            "uniqueIDHex": UNIQUE_ID,
            "clientOptions": {"hostname": "volsync", "username": "adopt", "readonly": True},
        },
        "maintenance": {
            "owner": owner,
            "schedule": {"nextFullMaintenance": "0001-01-01T00:00:00Z"},
            "full": {"interval": 0},
        },
        "snapshot": [manifest(n, source, n) for n, source in enumerate(sources, 1)],
        "manifest": [
            {
                "id": f"{n:032x}",
                "labels": {
                    "type": "snapshot",
                    "username": source.user,
                    "hostname": source.host,
                    "path": source.path,
                },
            }
            for n, source in enumerate(sources, 1)
        ],
        "policy": [{"target": {"host": "", "userName": "", "path": ""}}],
    }
    (folder / "output").write_text(json.dumps(output))
    script = folder / "kopia"
    script.write_text(
        f"#!{sys.executable} -S\n"
        "import json, sys\n"
        f"output = json.load(open({str(folder / 'output')!r}))\n"
        "print(json.dumps(next(output[word] for word in sys.argv[1:] if word in output)))\n"
    )
    script.chmod(0o755)
    return script
