"""External Secrets. Without it no new PVC gets its Secret; those that exist keep theirs."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.monitoring import INTERVAL, Monitoring
from components.release import ChartArgs, install

NAME = "external-secrets"  # of its namespace and its release
IMAGE = "external-secrets/external-secrets"
# Its kinds outlive the release: without them every Secret that it made would go, in all namespaces.
KEPT = {"helm.sh/resource-policy": "keep"}


@dataclass(frozen=True, kw_only=True)
class ExternalSecretsArgs(ChartArgs):
    """Arguments of External Secrets; an alert reads its metrics, so `monitoring` scrapes it."""

    monitoring: Monitoring


def values(args: ExternalSecretsArgs) -> dict[str, Any]:
    """The chart's values, with every default that the system depends on written out."""
    chosen: dict[str, Any] = {
        "installCRDs": True,
        "crds": {"annotations": KEPT},
        # With the chart's defaults whoever may edit a namespace uses every store of the cluster.
        "rbac": {"aggregateToView": False, "aggregateToEdit": False},
        # They write into stores, and overwrite or delete what opens the backups.
        "processPushSecret": False,
        "processClusterPushSecret": False,
        "serviceMonitor": {
            "enabled": args.monitoring.enabled,
            "additionalLabels": args.monitoring.labels,
            "interval": INTERVAL,
        },
    }
    if args.image_registry:
        mirrored = {"repository": f"{args.image_registry}/{IMAGE}"}
        chosen["image"] = mirrored
        chosen |= {part: {"image": mirrored} for part in ("webhook", "certController")}
    return chosen


class ExternalSecrets(pulumi.ComponentResource):
    """The namespace and the release, or nothing where External Secrets is already there."""

    def __init__(
        self, name: str, args: ExternalSecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"install": args.install, "version": args.chart.version}
        super().__init__("pvc-backup:components:ExternalSecrets", name, inputs, opts)
        if args.install:
            install(self, name, args, release_name=NAME, namespace=NAME, values=values(args))
        self.register_outputs({})
