"""scripts/adopt as a person uses it, and what it meets."""

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from contract.answer import Decision
from contract.names import Claim
from kopia.command import Kopia
from kopia.snapshots import listing
from plumber.decision import decide
from plumber.knowledge import Knowledge, Memory, Moment, Question, listing_of

SCRIPT = Path(__file__).parents[3] / "scripts" / "adopt"


class Adopt:
    """The command on one repository, with one list of PVCs."""

    def __init__(self, folder: Path, kopia: Path, repository: Path, password: Path) -> None:
        self.folder, self.repository = folder, repository
        self.words = [str(repository), f"--password-file={password}", f"--kopia={kopia}"]
        self.environ = {"PATH": f"{kopia.parent}:{os.defpath}", "HOME": str(folder)}

    def __call__(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [SCRIPT, *self.words, *words]
        env = self.environ | environ
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def on(self, *pvcs: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Exit code and JSON for a cluster with these PVCs."""
        file = self.folder / "pvcs.json"
        file.write_text(json.dumps({"items": pvcs}))
        run = self(f"--pvcs={file}", "--json")
        assert run.returncode in (0, 3), run.stderr
        return run.returncode, json.loads(run.stdout)

    def type(self, lines: list[str]) -> None:
        """Runs lines in a shell, as a person would paste them."""
        run = subprocess.run(
            ["bash", "-euc", "\n".join(lines)],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr

    def digest(self) -> dict[str, str]:
        files = sorted(path for path in self.repository.rglob("*") if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def decision(kopia: Kopia, claim: Claim) -> tuple[Decision, str]:
    """What pvc-plumber would answer, and the snapshot that it would restore."""
    listed = listing_of(listing(kopia), repository="it", began=1.0)
    memory = Memory(repository="it", read=1.0, trouble="")
    knowledge = Knowledge(listing=listed, pinned="it", memory=memory)
    answer = decide(
        knowledge,
        Question(claim=claim, arrived=0.5),
        Moment(monotonic=2.0, wall=datetime.now(UTC)),
    )
    return answer.decision, answer.snapshot.id if answer.snapshot else ""


def states(report: dict[str, Any]) -> dict[str, str]:
    return {entry["pvc"]: entry["state"] for entry in report["pvcs"]}


def fates(report: dict[str, Any]) -> dict[str, str]:
    return {entry["identity"]: entry["fate"] for entry in report["sources"]}


@contextmanager
def api_server(answers: dict[str, Any]) -> Generator[tuple[str, list[str]]]:
    """Serves an API server; yields its address and the list of called methods."""
    methods: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            super().handle_one_request()
            methods.append(self.command)

        def do_GET(self) -> None:
            answer = answers.get(unquote(self.path))
            body = json.dumps({"kind": "Status"} if answer is None else answer).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", methods
    finally:
        server.shutdown()
        server.server_close()
