"""The way to the API server: where it is, by which authority it is known, and who asks."""

import base64
import ssl
from collections.abc import Generator
from pathlib import Path

import httpx2
from lightkube import ConfigError, KubeConfig, SingleConfig


class Connection:
    """What a kubeconfig or the pod's service account says. Raises whatever its files make it."""

    def __init__(self, timeout: float, config: KubeConfig | None = None) -> None:
        found = (config or KubeConfig.from_env()).get()
        if found is None or found.user is None:
            raise ConfigError("no user")
        self._config: SingleConfig = found
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if found.cluster.insecure:
            self.trust.check_hostname = False
            self.trust.verify_mode = ssl.CERT_NONE
        self.read_authority()
        self.http = httpx2.AsyncClient(
            base_url=found.cluster.server,
            verify=self.trust,
            auth=Token(found.user.token_file, found.user.token),
            timeout=httpx2.Timeout(timeout),
        )

    def read_authority(self) -> None:
        """Trusts what stands in its file now: a cluster's authority can be renewed at any time."""
        cluster = self._config.cluster
        if cluster.certificate_auth:
            self.trust.load_verify_locations(self._config.abs_file(cluster.certificate_auth))
        elif cluster.certificate_auth_data:
            text = base64.b64decode(cluster.certificate_auth_data).decode()
            self.trust.load_verify_locations(cadata=text)
        else:
            self.trust.load_default_certs()


class Token(httpx2.Auth):
    """A bearer token. One in a file is read for each request, since kubelet renews it there."""

    def __init__(self, file: str | None, text: str | None) -> None:
        if not (file or text):
            raise ConfigError("no token")
        self._file, self._text = file, text

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Signs a request."""
        token = Path(self._file).read_text().strip() if self._file else self._text
        request.headers["Authorization"] = f"Bearer {token}"
        yield request
