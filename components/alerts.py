"""Alert rules. Without them backups run on, and nobody is told when they stop."""

from dataclasses import dataclass

import pulumi

from components import pod
from components._register import register
from components.monitoring import Monitoring
from manifests.alerts import prometheus_rule
from manifests.optional_alerts import AUDIT_ALERTS, DRILL_ALERTS


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Nothing is deployed where monitoring is off: the kinds are Prometheus Operator's."""

    monitoring: Monitoring
    has_drills: bool  # whether restores are proven
    has_audit: bool
    runbook: str  # address of docs/operations.md where people read it; empty: its path here


class Alerts(pulumi.ComponentResource):
    """The PrometheusRule."""

    def __init__(
        self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"enabled": args.monitoring.enabled}
        super().__init__("pvc-backup:components:Alerts", name, inputs, opts)
        if args.monitoring.enabled:
            where = {"runbook": args.runbook} if args.runbook else {}
            labels = {**pod.labels(name), **args.monitoring.labels}
            left_out = [
                *(() if args.has_drills else DRILL_ALERTS),
                *(() if args.has_audit else AUDIT_ALERTS),
            ]
            rule = prometheus_rule(labels=labels, left_out=left_out, **where)
            register(f"{name}-rule", rule, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
