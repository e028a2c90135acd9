"""How a web page leaves the cluster: an Ingress or a Gateway API route."""

from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
from pulumi_kubernetes.networking.v1 import Ingress, IngressBackendArgsDict, IngressSpecArgsDict

from components import pod
from components._register import register
from contract.names import require_namespaces
from contract.scope import VOLSYNC_NAMESPACE

SERVICE_PORT = 80
# An Ingress counts as ready only with a load balancer's address, which not every cluster sets.
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}


class Exposure(StrEnum):
    """How a page leaves the cluster."""

    INGRESS = "ingress"
    HTTPROUTE = "httproute"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Of Gateway API, made by others."""

    name: str = field(metadata={"min_length": 1})
    """Name of the Gateway, whose listener ends TLS."""
    namespace: str = field(metadata={"title": "namespace"})
    """Namespace of the Gateway."""

    def __post_init__(self) -> None:
        require_namespaces({"namespace": self.namespace})


@dataclass(frozen=True, kw_only=True)
class Page:
    """A web page, and how it leaves the cluster."""

    enabled: bool = True
    """Whether it is there."""
    exposure: Exposure = Exposure.NONE
    """How it leaves the cluster."""
    ingress_class: str = ""
    """For `ingress`: its class."""
    tls_secret: str = ""
    """For `ingress`: the Secret with its certificate."""
    gateway: Gateway | None = None
    """For `httproute`, and required there: the Gateway."""
    from_namespaces: tuple[str, ...] = field(default=(), metadata={"title": "namespace list"})
    """Namespaces whose pods may reach it: where the ingress controller or the gateway runs;
    required where it is exposed."""

    def __post_init__(self) -> None:
        require_namespaces(
            {f"fromNamespaces.{place}": name for place, name in enumerate(self.from_namespaces)}
        )
        if self.exposure is Exposure.HTTPROUTE and self.gateway is None:
            raise ValueError("gateway is required where exposure is httproute")
        if self.exposure is not Exposure.NONE and not self.from_namespaces:
            raise ValueError(
                "fromNamespaces must name the namespace that the page's users enter by"
            )


@dataclass(frozen=True, kw_only=True)
class PasswordPage(Page):
    """A web page that asks for a password, which must not go over the network in clear."""

    plain_http: bool = False
    """For `ingress` without `tlsSecret`, and required there: `true` says that the password may go
    over the network in clear, or that the ingress controller has a certificate of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        is_plain = self.exposure is Exposure.INGRESS and not self.tls_secret
        if self.enabled and is_plain and not self.plain_http:
            raise ValueError(
                "tlsSecret is required where exposure is ingress, or plainHttp: true, which lets"
                " the password go over the network in clear"
            )


def address(host: str, page: Page) -> str:
    """The URL of a page for a browser; empty where the page stays inside the cluster.

    A gateway's listener ends TLS; an Ingress does where it has a certificate.
    """
    if page.exposure is Exposure.NONE or not page.enabled:
        return ""
    secure = page.exposure is Exposure.HTTPROUTE or page.tls_secret
    return f"{'https' if secure else 'http'}://{host}"


def expose(name: str, service: str, host: str, page: Page, opts: pulumi.ResourceOptions) -> None:
    """Makes `service` reachable as `host`, if at all."""
    if page.exposure is Exposure.HTTPROUTE and page.gateway:
        register(f"{name}-route", _route(service, host, page.gateway), opts)
    elif page.exposure is Exposure.INGRESS:
        metadata = pod.metadata(service)
        metadata["annotations"] = SKIP_AWAIT
        spec = _ingress(service, host, page)
        Ingress(f"{name}-ingress", metadata=metadata, spec=spec, opts=opts)


def _route(service: str, host: str, gateway: Gateway) -> dict[str, object]:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": service,
            "namespace": VOLSYNC_NAMESPACE,
            "labels": pod.labels(service),
        },
        "spec": {
            "parentRefs": [{"name": gateway.name, "namespace": gateway.namespace}],
            "hostnames": [host],
            "rules": [{"backendRefs": [{"name": service, "port": SERVICE_PORT}]}],
        },
    }


def _ingress(service: str, host: str, page: Page) -> IngressSpecArgsDict:
    backend: IngressBackendArgsDict = {
        "service": {"name": service, "port": {"number": SERVICE_PORT}}
    }
    spec: IngressSpecArgsDict = {
        "rules": [
            {
                "host": host,
                "http": {"paths": [{"path": "/", "path_type": "Prefix", "backend": backend}]},
            }
        ]
    }
    if page.ingress_class:
        spec["ingress_class_name"] = page.ingress_class
    if page.tls_secret:
        spec["tls"] = [{"hosts": [host], "secret_name": page.tls_secret}]
    return spec
