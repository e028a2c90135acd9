import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lightkube import ConfigError, KubeConfig
from lightkube.config.models import Cluster, User

from kube.api import ApiError
from kube.client import Client
from kube.connection import Connection
from kube.resource import NAMESPACE

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"kind": "x"}'


class Server:
    """Answers everything, and remembers who asked."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.port = 0

    @asynccontextmanager
    async def running(self, trust: ssl.SSLContext | None = None) -> AsyncGenerator[None]:
        async with await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=trust
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.tokens += [
            line.partition(" ")[2] for line in head.splitlines() if line.startswith("Authorization")
        ]
        writer.write(ANSWER)
        await writer.drain()
        writer.close()


def test_a_token_that_kubelet_has_renewed_is_used_at_once(tmp_path: Path) -> None:
    token, server = tmp_path / "token", Server()
    token.write_text("first\n")

    async def story() -> None:
        async with server.running():
            there = Cluster(server=f"http://127.0.0.1:{server.port}")
            user = User(token="stale", token_file=str(token))
            api = Client(KubeConfig.from_one(cluster=there, user=user))
            await api.get(NAMESPACE, "", "x")
            token.write_text("second\n")
            await api.get(NAMESPACE, "", "x")
            token.unlink()
            with pytest.raises(ApiError, match="no access"):
                await api.get(NAMESPACE, "", "x")
            await api.close()

    asyncio.run(story())
    assert server.tokens == ["Bearer first", "Bearer second"]


def authority(folder: Path, name: str) -> ssl.SSLContext:
    """A certificate for the loopback address that vouches for itself."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_a_new_authority_is_trusted_once_its_certificate_is_there_and_not_before(
    tmp_path: Path,
) -> None:
    old, new = authority(tmp_path, "old"), authority(tmp_path, "new")
    ca, server = tmp_path / "ca.crt", Server()
    ca.write_bytes((tmp_path / "old.crt").read_bytes())

    async def story() -> None:
        async with server.running(old):
            there = Cluster(
                server=f"https://127.0.0.1:{server.port}", certificate_auth=os.fspath(ca)
            )
            api = Client(KubeConfig.from_one(cluster=there, user=User(token="t")))
            assert await api.get(NAMESPACE, "", "x")
        async with server.running(new):
            with pytest.raises(ApiError, match="does not answer"):
                await api.get(NAMESPACE, "", "x")
            with pytest.raises(ApiError, match="does not answer"):
                await api.get(NAMESPACE, "", "x")
            ca.write_bytes((tmp_path / "new.crt").read_bytes())
            with pytest.raises(ApiError, match="does not answer"):
                await api.get(NAMESPACE, "", "x")  # finds out
            assert await api.get(NAMESPACE, "", "x")
        await api.close()

    asyncio.run(story())
    assert len(server.tokens) == 2


def test_only_the_cluster_s_own_authority_is_trusted(tmp_path: Path) -> None:
    authority(tmp_path, "own")
    there = Cluster(server="https://x", certificate_auth=str(tmp_path / "own.crt"))
    made = Connection(1, KubeConfig.from_one(cluster=there, user=User(token="t")))
    assert [one["subject"][0][0][1] for one in made.trust.get_ca_certs()] == ["own"]
    assert made.trust.verify_mode is ssl.CERT_REQUIRED
    assert made.trust.check_hostname


@pytest.mark.parametrize("user", [None, User(), User(username="u", password="p")])
def test_who_asks_is_proven_by_a_token_only(user: User | None) -> None:
    with pytest.raises(ConfigError):
        Connection(1, KubeConfig.from_one(cluster=Cluster(server="http://x"), user=user))


def test_a_service_s_ipv6_address_stands_in_brackets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority(tmp_path, "ca")
    for name, content in {"token": "t", "namespace": "n"}.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    config = KubeConfig.from_service_account(tmp_path)
    made = Connection(1, config)
    assert str(made.http.base_url).rstrip("/") == "https://[fd00::1]"
