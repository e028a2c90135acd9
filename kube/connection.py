"""Address, TLS trust and credentials of the API server."""

import base64
import ssl
from collections.abc import Generator
from pathlib import Path

import httpx2
from lightkube import ConfigError, KubeConfig, SingleConfig


class Connection:
    """A connection by kubeconfig or service account. Raises what reading their files raises."""

    def __init__(self, timeout: float, config: KubeConfig | None = None) -> None:
        single = (config or KubeConfig.from_env()).get()
        if single is None or single.user is None:
            raise ConfigError("no user")
        self._config: SingleConfig = single
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if single.cluster.insecure:
            self.trust.check_hostname = False
            self.trust.verify_mode = ssl.CERT_NONE
        self.read_authority()
        self.http = httpx2.AsyncClient(
            base_url=single.cluster.server,
            verify=self.trust,
            auth=Token(single.user.token_file, single.user.token),
            timeout=httpx2.Timeout(timeout),
        )

    def read_authority(self) -> None:
        """Reads the certificate authority again: a cluster may renew it at any time."""
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
        """Adds the token to a request."""
        token = Path(self._file).read_text().strip() if self._file else self._text
        request.headers["Authorization"] = f"Bearer {token}"
        yield request
