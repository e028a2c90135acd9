"""A scripted pvc-plumber: each test says what it answers for its namespace."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from contract import answer
from contract.answer import WEBHOOK_TIMEOUT, Decision, Field, Status
from manifests.params import PolicyParams

TIME = "2026-01-02T03:04:05Z"


def restore(snapshot: str = "aaaa1111") -> tuple[int, bytes]:
    """A backup exists."""
    body = {
        Field.DECISION: Decision.RESTORE,
        Field.AUTHORITATIVE: True,
        Field.REASON: "a backup exists",
        Field.SNAPSHOT: snapshot,
        Field.TIME: TIME,
    }
    return Status.KNOWN, json.dumps(body).encode()


def fresh() -> tuple[int, bytes]:
    """Certainly no backup."""
    body = {
        Field.DECISION: Decision.FRESH,
        Field.AUTHORITATIVE: True,
        Field.REASON: "no backup",
        Field.SNAPSHOT: "",
        Field.TIME: "",
    }
    return Status.KNOWN, json.dumps(body).encode()


HANGS_UP: tuple[int, bytes] = (0, b"")  # no answer at all
HANGS: tuple[int, bytes] = (0, b"hangs")  # none in time
# The client follows to a port where nobody listens, so that only this one look-up is refused.
REFUSES: tuple[int, bytes] = (307, b"http://127.0.0.1:1/")
LONGER = WEBHOOK_TIMEOUT + 2  # seconds


def unknown(reason: str, status: int = Status.UNKNOWN) -> tuple[int, bytes]:
    """No certainty."""
    body = {Field.DECISION: Decision.UNKNOWN, Field.AUTHORITATIVE: False, Field.REASON: reason}
    return status, json.dumps(body).encode()


@dataclass
class Script:
    """What is answered in which order, by namespace or namespace/PVC; the last answer stays."""

    url: str = ""
    answers: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    requests: dict[str, list[str]] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)  # as the requests name it

    @property
    def host(self) -> str:
        """The name in the address, as a file of hosts has it: without the dot at its end."""
        return str(urlsplit(self.url).hostname).rstrip(".")

    def set_answers(self, target: str, *answers: tuple[int, bytes]) -> None:
        """From now on, this namespace or namespace/PVC gets these answers."""
        self.answers[target] = list(answers)

    def answer(self, path: str) -> tuple[int, bytes]:
        """The answer for a request path."""
        claim = path.removeprefix(f"{answer.DECISION}/").partition("?")[0]
        namespace = claim.partition("/")[0]
        target = claim if claim in self.answers else namespace
        self.requests.setdefault(target, []).append(path)
        script = self.answers.get(target) or [fresh()]
        return script.pop(0) if len(script) > 1 else script[0]


@contextmanager
def served() -> Generator[Script]:
    """A running answer server."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.hosts.add(self.headers["Host"])
            status, body = script.answer(self.path)
            if (status, body) in (HANGS_UP, HANGS):
                time.sleep(LONGER if body else 0)
                self.close_connection = True
                return
            head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n"
            if (status, body) == REFUSES:
                head += f"Location: {body.decode()}\r\n"
            # In one write: a second packet would wait for a delayed acknowledgement.
            self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script.url = f"{PolicyParams().plumber_url}:{server.server_port}"
    yield script
    server.shutdown()
    server.server_close()
