"""The Grafana dashboard. Without it alerts still fire, and nobody sees what led to them."""

from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from components import pod
from manifests.dashboard import config_map
from manifests.panels import audit, drills


@dataclass(frozen=True, kw_only=True)
class DashboardOptions:
    """What a stack may choose: its section `dashboard`."""

    enabled: bool = False
    """[A Grafana dashboard](operations.md#dashboard) in the ConfigMap `pvc-backup-dashboard`."""
    # By these Grafana finds it; the default is that of its charts.
    labels: dict[str, str] = field(
        default_factory=lambda: {"grafana_dashboard": "1"}, metadata={"min_length": 1}
    )
    """Labels by which Grafana's sidecar selects it; they replace the default."""


@dataclass(frozen=True, kw_only=True)
class DashboardArgs(DashboardOptions):
    """Rows of parts that there are not are left out."""

    has_drills: bool  # whether restores are proven
    has_audit: bool
    runbook: str  # address of docs/operations.md where people read it; empty: no links


class Dashboard(pulumi.ComponentResource):
    """The ConfigMap with it."""

    def __init__(
        self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pvc-backup:components:Dashboard", name, {"enabled": args.enabled}, opts)
        if args.enabled:
            left_out = [
                *(() if args.has_drills else (drills.ROW,)),
                *(() if args.has_audit else (audit.ROW,)),
            ]
            manifest = config_map(
                labels={**pod.labels(name), **args.labels}, left_out=left_out, runbook=args.runbook
            )
            ConfigMap(
                f"{name}-config-map",
                metadata=manifest["metadata"],
                data=manifest["data"],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
