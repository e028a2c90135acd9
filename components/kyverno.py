"""Kyverno. Without it labelled PVCs are denied; PVCs without the label are never touched."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.monitoring import INTERVAL, Monitoring
from components.pod import NAMESPACE_NAME
from components.release import ChartArgs, install
from contract.answer import READYZ
from contract.environment import CanarySettings
from contract.repository import GID, UID
from contract.scope import KYVERNO_NAMESPACE

RELEASE = "kyverno"
# The chart's own limits (384Mi, 128Mi) were too small where this design ran before.
ADMISSION_MEMORY = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}
BACKGROUND_MEMORY = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """Pods of each controller. Only admission shares its work; the others have a leader."""

    admission: int = field(default=3, metadata={"ge": 1})
    """Pods of the admission controller."""
    background: int = field(default=2, metadata={"ge": 1})
    """Pods of the background controller."""
    cleanup: int = field(default=2, metadata={"ge": 1})
    """Pods of the cleanup controller."""
    reports: int = field(default=2, metadata={"ge": 1})
    """Pods of the reports controller."""


@dataclass(frozen=True, kw_only=True)
class KyvernoArgs(ChartArgs):
    """Arguments of Kyverno. No webhook acts in `excluded_namespaces`: a cold cluster must start.

    Alerts and dashboard read Kyverno's metrics, so that `monitoring` scrapes it too.
    """

    image: str
    replicas: Replicas
    reconcile_minutes: int
    excluded_namespaces: tuple[str, ...]
    monitoring: Monitoring
    pull_secrets: tuple[str, ...] = ()  # of the image, for the canary


def _controller(replicas: int, monitoring: Monitoring, **more: object) -> dict[str, Any]:
    scraped = {
        "enabled": monitoring.enabled,
        "additionalLabels": monitoring.labels,
        "interval": INTERVAL,
    }
    return {
        "replicas": replicas,
        "podDisruptionBudget": {"enabled": replicas > 1, "minAvailable": 1},
        "serviceMonitor": scraped,
        **more,
    }


def canary(image: str) -> dict[str, Any]:
    """The container that makes a Kyverno unready which lets pass what our policies deny.

    Kyverno itself is ready before it has compiled its policies, and answers "allowed" for each
    that is missing (1.19.1).
    """
    settings = CanarySettings()
    return {
        "name": "pvc-backup-canary",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "plumber.canary"],
        "env": [{"name": k, "value": v} for k, v in settings.to_environment().items()],
        "ports": [{"name": "canary", "containerPort": settings.port, "protocol": "TCP"}],
        "readinessProbe": {
            "httpGet": {"path": READYZ, "port": "canary"},
            "periodSeconds": 1,
            "failureThreshold": 1,
            "timeoutSeconds": 5,
        },
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": GID,
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def values(args: KyvernoArgs) -> dict[str, Any]:
    """The chart's values, with every default that the system depends on written out."""
    replicas, monitoring, secrets = args.replicas, args.monitoring, args.pull_secrets
    interval = {"name": "BACKGROUND_SCAN_INTERVAL", "value": f"{args.reconcile_minutes}m"}
    chosen: dict[str, Any] = {
        "config": {
            "webhooks": {
                "namespaceSelector": {
                    "matchExpressions": [
                        {
                            "key": NAMESPACE_NAME,
                            "operator": "NotIn",
                            "values": list(args.excluded_namespaces),
                        }
                    ]
                }
            }
        },
        "features": {
            # An exception object would let a PVC past the gate.
            "policyExceptions": {"enabled": False},
            # True would hide exactly the objects that orphan cleanup deletes.
            "protectManagedResources": {"enabled": False},
            # Nodes must never wait for a webhook when the whole cluster starts cold.
            "excludeBootstrapResources": {"enabled": True},
        },
        "admissionController": _controller(
            replicas.admission,
            monitoring,
            container={"resources": ADMISSION_MEMORY},
            extraContainers=[canary(args.image)],
            **({"imagePullSecrets": [{"name": n} for n in secrets]} if secrets else {}),
        ),
        # The periodic pass is what heals a lost event: objects that should exist appear with it.
        "backgroundController": _controller(
            replicas.background, monitoring, resources=BACKGROUND_MEMORY, extraEnvVars=[interval]
        ),
        "cleanupController": _controller(replicas.cleanup, monitoring),
        "reportsController": _controller(replicas.reports, monitoring),
    }
    if args.image_registry:
        chosen["global"] = {"image": {"registry": args.image_registry}}
        # These two name a registry of their own, which would win over the global one.
        chosen["webhooksCleanup"] = {"image": {"registry": args.image_registry}}
        chosen["test"] = {"image": {"registry": args.image_registry}}
    return chosen


class Kyverno(pulumi.ComponentResource):
    """The release, or nothing where Kyverno is already there."""

    def __init__(
        self, name: str, args: KyvernoArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"install": args.install, "version": args.chart.version}
        super().__init__("pvc-backup:components:Kyverno", name, inputs, opts)
        if args.install:
            install(
                self,
                name,
                args,
                release_name=RELEASE,
                namespace=KYVERNO_NAMESPACE,
                values=values(args),
            )
        self.register_outputs({})
