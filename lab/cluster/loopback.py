"""An API server with its etcd beside the lab: plain processes on free loopback ports."""

import os
import signal
import socket
import subprocess
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ADMIN = "admin"
MASTERS = "system:masters"  # Kubernetes' group with all rights


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def token(user: str) -> str:
    """The token of one of the users."""
    return f"{user}-token-on-loopback"


def kubeconfig(path: Path, url: str, token: str) -> Path:
    """Writes a kubeconfig for whoever has this token."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(config))
    return path


@dataclass(frozen=True)
class Servers:
    """The processes, and where the API server is; whether it is ready already, is yours to ask."""

    url: str
    folder: Path
    stack: ExitStack

    def start(self, name: str, *command: object, **env: str) -> subprocess.Popen[bytes]:
        """Starts a process that ends with the servers; its output goes to NAME.log."""
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=self.folder,
            env={**os.environ, **env},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.stack.callback(_stop, process)
        return process

    def kubeconfig(self, user: str = ADMIN) -> Path:
        """The kubeconfig of one of the users."""
        return kubeconfig(self.folder / f"{user}.kubeconfig", self.url, token(user))

    @property
    def key(self) -> Path:
        """What signs the tokens of service accounts."""
        return self.folder / "sa.key"


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def running(
    folder: Path,
    tools: Mapping[str, Path],
    *flags: str,
    users: Iterable[str] = (),
) -> Generator[Servers]:
    """etcd and an API server with these flags more; killed at the end.

    The admin and each of the users have all rights, and a token.
    """
    client, peer, port = free_port(), free_port(), free_port()
    etcd, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    rows = [f'{token(user)},{user},{user},"{MASTERS}"\n' for user in (ADMIN, *users)]
    (folder / "tokens.csv").write_text("".join(rows))
    with ExitStack() as stack:
        servers = Servers(f"https://127.0.0.1:{port}", folder, stack)
        key = servers.key
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        servers.start(
            "etcd",
            tools["etcd"],
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        )
        servers.start(
            "apiserver",
            tools["kube-apiserver"],
            f"--etcd-servers={etcd}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--cert-dir={folder / 'certs'}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://test",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            *flags,
        )
        yield servers
