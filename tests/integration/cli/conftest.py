import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from contract.answer import LIVEZ, READYZ, decision_path
from contract.names import Claim, Identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER
from fakes.http_api import FakeCluster, kubeconfig, running
from kopia.command import Kopia
from kopia.format_blob import unique_id
from kopia.repository import create
from lab.cluster.loopback import free_port
from lab.polling import PROCESS, WaitTimeoutError, wait_until
from tests.tooling import tool
from tests.unit.mover.drills import Drills
from tests.unit.mover.repository import Bench, bench, plant

ROOT = Path(__file__).parents[3]
DRAIN = 1.0  # seconds that pvc-plumber answers after SIGTERM


@pytest.fixture(scope="session")
def kopia_binary() -> Path:
    return tool("kopia")


@pytest.fixture
def new_kopia(tmp_path: Path, kopia_binary: Path) -> Callable[..., Kopia]:
    """Makes a kopia with files of its own, all with one made-up password."""

    def make(name: str) -> Kopia:
        state = tmp_path / name
        state.mkdir()
        password = tmp_path / f"{name}-password"
        password.write_text("a-made-up-password")
        return Kopia(
            binary=str(kopia_binary),
            config=state / "repository.config",
            cache=state / "cache",
            logs=state / "logs",
            password_file=password,
            deadline=60.0,
        )

    return make


@pytest.fixture
def writer(tmp_path: Path, new_kopia: Callable[..., Kopia]) -> Kopia:
    """The connection that created the repository."""
    kopia = new_kopia("writer")
    (tmp_path / "repository").mkdir()
    owner = Identity(MAINTENANCE_USER, MAINTENANCE_HOST)
    create(kopia, tmp_path / "repository", identity=owner)
    return kopia


@pytest.fixture
def repository(tmp_path: Path, writer: Kopia) -> Path:
    """The folder of a new repository."""
    return tmp_path / "repository"


@pytest.fixture
def back_up(tmp_path: Path, writer: Kopia) -> Callable[..., str]:
    """Makes a snapshot of some files for an identity; returns its id."""

    def make(identity: Identity, files: dict[str, bytes] | None = None) -> str:
        folder = tmp_path / f"data-{uuid.uuid4().hex}"
        folder.mkdir()
        for name, content in (files or {"file": b"content"}).items():
            (folder / name).write_bytes(content)
        override = f"--override-source={identity}"
        return json.loads(writer.run("snapshot", "create", str(folder), override, "--json"))["id"]

    return make


@pytest.fixture
def repo(tmp_path: Path, kopia_binary: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A new repository, and Jobs against it that find the real kopia."""
    monkeypatch.setenv("PATH", str(kopia_binary.parent), prepend=":")
    return bench(tmp_path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A volume with files of many shapes."""
    (tmp_path / "data").mkdir()
    return plant(tmp_path / "data")


@pytest.fixture
def drills(repo: Bench) -> Drills:
    return Drills(repo)


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A volume whose content fills packs."""
    (tmp_path / "noise" / "deep").mkdir(parents=True)
    (tmp_path / "noise" / "deep" / "file").write_bytes(os.urandom(1 << 20))
    return tmp_path / "noise"


class Plumber:
    """A running pvc-plumber."""

    def __init__(
        self,
        folder: Path,
        kopia: Path | str,
        repository: Path,
        cluster: FakeCluster,
        **more: str,
    ) -> None:
        self.port = free_port()
        self.password, self.pin, self.log = (folder / n for n in ("secret", "pin", "log"))
        environ = {
            "PATH": os.defpath,
            "KUBECONFIG": str(kubeconfig(folder, cluster.url)),
            "PLUMBER_HOST": "127.0.0.1",
            "PLUMBER_PORT": str(self.port),
            "PLUMBER_REPOSITORY": str(repository),
            "PLUMBER_PASSWORD_FILE": str(self.password),
            "PLUMBER_PIN_FILE": str(self.pin),
            "PLUMBER_STATE": str(folder / "state"),
            "PLUMBER_KOPIA": str(kopia),
            "PLUMBER_REFRESH": "1",
            "PLUMBER_LISTING_DEADLINE": "4",
            "PLUMBER_READY_AGE": "3",
            "PLUMBER_DRAIN": str(DRAIN),
            **more,
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "plumber"], cwd=ROOT, env=environ, stdout=log, stderr=log
            )
        self.wait_until("an answer", lambda: self.get(LIVEZ)[0] == 200)

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=15
            ) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def ask(self, claim: Claim) -> str:
        status, answer = self.get(decision_path(claim))
        assert (status == 200) == (answer["decision"] != "unknown"), answer
        return answer["decision"]

    def reason(self) -> str:
        return self.get(READYZ)[1].get("reason", "ready")

    def wait_until(self, description: str, condition: Callable[[], bool]) -> None:
        def holds() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return condition()

        try:
            wait_until(description, holds, 20.0, PROCESS)
        except WaitTimeoutError as error:
            raise AssertionError(self.log.read_text()) from error

    def wait_reason(self, part: str) -> None:
        """Waits until it is not ready for a reason with these words."""
        self.wait_until(f"the reason {part!r}", lambda: part in self.reason())

    def is_ready(self) -> bool:
        return self.get(READYZ)[0] == 200


@pytest.fixture
def cluster(repository: Path) -> Iterator[FakeCluster]:
    """A stand-in for the API server, where bootstrap has pinned the repository."""
    with running() as cluster:
        cluster.pin(unique_id(repository))
        yield cluster


@pytest.fixture
def start(
    tmp_path: Path, kopia_binary: Path, repository: Path, writer: Kopia, cluster: FakeCluster
) -> Iterator[Callable[..., Plumber]]:
    started: list[Plumber] = []

    def make(
        kopia: Path | str = kopia_binary,
        *,
        at: FakeCluster = cluster,
        ready: bool = True,
        inputs: bool = True,
        **more: str,
    ) -> Plumber:
        folder = tmp_path / f"plumber-{len(started)}"
        folder.mkdir()
        if inputs:
            (folder / "secret").write_text(writer.password_file.read_text())
            (folder / "pin").write_text(unique_id(repository))
        started.append(Plumber(folder, kopia, repository, at, **more))
        if ready:
            started[-1].wait_until("readiness", started[-1].is_ready)
        return started[-1]

    yield make
    for plumber in started:
        plumber.process.kill()
        plumber.process.wait()
