"""The cluster's keys: an own authority, a certificate for each component, the admin's token."""

import base64
import json
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import paths
from lab.errors import LabError
from lab.node import namespaces, network

DAYS = "3650"
SERVER = f"https://{network.NODE}:6443"
TOKENS = paths.PKI / "tokens.csv"
ADMIN_TOKEN = paths.PKI / "admin.token"
API_NAMES = (
    "DNS:kubernetes",
    "DNS:kubernetes.default",
    "DNS:kubernetes.default.svc",
    "DNS:kubernetes.default.svc.cluster.local",
    "DNS:localhost",
    f"IP:{network.NODE}",
    f"IP:{network.API_SERVICE}",
    "IP:127.0.0.1",
)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate to issue; the organisation is the Kubernetes group."""

    name: str
    common_name: str
    organisation: str = ""
    usage: str = "clientAuth"
    names: tuple[str, ...] = ()
    authority: str = "ca"

    def request(self) -> list[str]:
        """The arguments that describe it to `openssl req`."""
        group = f"/O={self.organisation}" if self.organisation else ""
        words = ["-subj", f"{group}/CN={self.common_name}"]
        words += ["-addext", f"extendedKeyUsage={self.usage}"]
        words += ["-addext", "keyUsage=critical,digitalSignature"]
        words += ["-addext", "basicConstraints=critical,CA:FALSE"]
        if self.names:
            words += ["-addext", "subjectAltName=" + ",".join(self.names)]
        return words


CERTIFICATES = (
    Certificate(
        name="apiserver", common_name="kube-apiserver", usage="serverAuth", names=API_NAMES
    ),
    Certificate(
        name="apiserver-kubelet", common_name="kube-apiserver", organisation="system:masters"
    ),
    Certificate(name="front-proxy", common_name="front-proxy", authority="front-proxy-ca"),
    Certificate(
        name="kubelet",
        common_name=f"system:node:{namespaces.NAME}",
        organisation="system:nodes",
        usage="clientAuth,serverAuth",
        names=(f"DNS:{namespaces.NAME}", f"IP:{network.NODE}"),
    ),
    Certificate(name="controller-manager", common_name="system:kube-controller-manager"),
    Certificate(name="scheduler", common_name="system:kube-scheduler"),
    Certificate(name="kube-proxy", common_name="system:kube-proxy"),
)


def _openssl(*words: str) -> None:
    run = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    if run.returncode:
        raise LabError(f"openssl {words[0]}: {run.stderr.strip()}")


def _key_and_certificate(name: str, *words: str) -> None:
    key, certificate = str(paths.PKI / f"{name}.key"), str(paths.PKI / f"{name}.crt")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", DAYS]
    _openssl("req", "-x509", *curve, "-keyout", key, "-out", certificate, *words)


def issue() -> None:
    """Writes every key and certificate that is not there yet."""
    paths.PKI.mkdir(mode=0o700, exist_ok=True)
    for authority in ("ca", "front-proxy-ca"):
        if not (paths.PKI / f"{authority}.crt").exists():
            usage = "keyUsage=critical,keyCertSign,cRLSign"
            _key_and_certificate(
                authority, "-subj", f"/CN=pvc-backup-lab {authority}", "-addext", usage
            )
    for wanted in CERTIFICATES:
        if not (paths.PKI / f"{wanted.name}.crt").exists():
            signer = paths.PKI / wanted.authority
            signing = ["-CA", f"{signer}.crt", "-CAkey", f"{signer}.key"]
            _key_and_certificate(wanted.name, *signing, *wanted.request())
    service_accounts = paths.PKI / "service-accounts.key"
    if not service_accounts.exists():
        _openssl(
            "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(service_accounts)
        )
    if not ADMIN_TOKEN.exists():
        token = secrets.token_urlsafe(24)
        TOKENS.write_text(f'{token},admin,admin,"system:masters"\n')
        ADMIN_TOKEN.write_text(token)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def kubeconfig(user: Mapping[str, str]) -> str:
    """A kubeconfig (JSON is YAML) for one user's credentials."""
    authority = _base64(paths.PKI / "ca.crt")
    cluster = {"server": SERVER, "certificate-authority-data": authority}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": "lab", "user": dict(user)}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "current-context": "lab",
    }
    return json.dumps(config, indent=1)


def by_certificate(name: str) -> str:
    """A kubeconfig that shows this certificate."""
    certificate, key = paths.PKI / f"{name}.crt", paths.PKI / f"{name}.key"
    return kubeconfig(
        {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    )


def by_token(token: str) -> str:
    """A kubeconfig that shows this token."""
    return kubeconfig({"token": token})
