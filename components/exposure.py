"""How a web page leaves the cluster: an Ingress or a Gateway API route."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import Ingress, IngressBackendArgsDict, IngressSpecArgsDict

from components import pod
from components._register import register
from contract.scope import VOLSYNC_NAMESPACE

SERVICE_PORT = 80
# An Ingress counts as ready only with a load balancer's address, which not every cluster sets.
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}


INGRESS, HTTPROUTE, NONE = "ingress", "httproute", "none"


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """`kind` is one of the three above; a route needs `gateway` (namespace, name).

    `namespaces` are those whose pods may call: where the ingress controller or gateway runs.
    """

    kind: str
    gateway: tuple[str, str] | None
    ingress_class: str
    tls_secret: str
    namespaces: tuple[str, ...]


def address(host: str, exposure: Exposure) -> str:
    """What a browser must be given; empty where the page stays inside the cluster.

    A gateway's listener ends TLS; an Ingress does where it has a certificate.
    """
    if exposure.kind == NONE:
        return ""
    secure = exposure.kind == HTTPROUTE or exposure.tls_secret
    return f"{'https' if secure else 'http'}://{host}"


def expose(
    name: str, service: str, host: str, exposure: Exposure, opts: pulumi.ResourceOptions
) -> None:
    """Makes `service` reachable as `host`, if at all."""
    if exposure.kind == HTTPROUTE and exposure.gateway:
        register(f"{name}-route", _route(service, host, exposure.gateway), opts)
    elif exposure.kind == INGRESS:
        metadata = pod.metadata(service)
        metadata["annotations"] = SKIP_AWAIT
        spec = _ingress(service, host, exposure)
        Ingress(f"{name}-ingress", metadata=metadata, spec=spec, opts=opts)


def _route(service: str, host: str, gateway: tuple[str, str]) -> dict[str, object]:
    namespace, name = gateway
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {
            "name": service,
            "namespace": VOLSYNC_NAMESPACE,
            "labels": pod.labels(service),
        },
        "spec": {
            "parentRefs": [{"name": name, "namespace": namespace}],
            "hostnames": [host],
            "rules": [{"backendRefs": [{"name": service, "port": SERVICE_PORT}]}],
        },
    }


def _ingress(service: str, host: str, exposure: Exposure) -> IngressSpecArgsDict:
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
    if exposure.ingress_class:
        spec["ingress_class_name"] = exposure.ingress_class
    if exposure.tls_secret:
        spec["tls"] = [{"hosts": [host], "secret_name": exposure.tls_secret}]
    return spec
