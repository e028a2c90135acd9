"""Stand-in for the origin's pvc-plumber, by its HTTP contract of v1.7.0: runs in a pod.

Imitated with its faults: it ends where its first connection fails, and it has no memory.
Standard library only, and the real kopia beside it.
"""

import json
import re
import subprocess
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8080
REPOSITORY = Path("/repository")
TIMEOUT = 7  # seconds for one look into the repository
QUESTION = re.compile(r"/exists/([-a-z0-9]+)/([-.a-z0-9]+)")


def kopia(*words: str) -> str:
    """The output of a kopia command. Raises OSError or SubprocessError."""
    command = ["kopia", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT, check=True
    ).stdout


def exists(namespace: str, pvc: str) -> tuple[int, dict[str, object]]:
    """Status and body: any snapshot counts, be it whole or not."""
    source = f"{pvc}-backup@{namespace}:/data"
    body = {"namespace": namespace, "pvc": pvc, "backend": "kopia-fs", "source": source}
    try:
        snapshots = json.loads(kopia("snapshot", "list", "--json", source))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        denial = {"exists": False, "decision": "unknown", "authoritative": False}
        return HTTPStatus.SERVICE_UNAVAILABLE, body | denial | {"error": type(error).__name__}
    decision = "restore" if snapshots else "fresh"
    return HTTPStatus.OK, body | {
        "exists": bool(snapshots),
        "decision": decision,
        "authoritative": True,
    }


def ready() -> tuple[int, dict[str, object]]:
    """Status and body: whether the repository's path can be looked at."""
    try:
        REPOSITORY.stat()
    except OSError as error:
        body = {"status": "not ready", "error": error.strerror}
        return HTTPStatus.SERVICE_UNAVAILABLE, body
    return HTTPStatus.OK, {"status": "ok"}


class Handler(BaseHTTPRequestHandler):
    """Serves three paths."""

    def do_GET(self) -> None:
        """Answers in JSON."""
        question = QUESTION.fullmatch(self.path)
        if question:
            status, body = exists(*question.groups())
        elif self.path == "/readyz":
            status, body = ready()
        elif self.path == "/healthz":
            status, body = HTTPStatus.OK, {"status": "ok"}
        else:
            status, body = HTTPStatus.NOT_FOUND, {}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def main() -> int:
    """Serves for ever."""
    try:
        kopia("repository", "connect", "filesystem", "--path", str(REPOSITORY), "--readonly")
    except (OSError, subprocess.SubprocessError) as error:
        print(f"the repository cannot be opened: {type(error).__name__}", file=sys.stderr)
        return 1
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
