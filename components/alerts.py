"""Alert rules. Without them backups run on, and nobody is told when they stop."""

from dataclasses import dataclass

import pulumi

from components import pod
from components._register import register
from components.monitoring import Monitoring
from manifests.alerts import audit, drills
from manifests.alerts.prometheus_rule import prometheus_rule


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Nothing is deployed where monitoring is off: the kinds are Prometheus Operator's."""

    monitoring: Monitoring
    has_drills: bool  # whether restores are proven
    has_audit: bool


class Alerts(pulumi.ComponentResource):
    """The PrometheusRule with all alerts."""

    def __init__(
        self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"enabled": args.monitoring.enabled}
        super().__init__("pvc-backup:components:Alerts", name, inputs, opts)
        if args.monitoring.enabled:
            runbook = args.monitoring.runbook
            where = {"runbook": runbook} if runbook else {}
            labels = {**pod.labels(name), **args.monitoring.labels}
            absent = [
                *(() if args.has_drills else drills.ALERTS),
                *(() if args.has_audit else audit.ALERTS),
            ]
            try:
                rule = prometheus_rule(
                    labels=labels,
                    left_out={alert.name for alert in absent},
                    changes=args.monitoring.rules,
                    **where,
                )
            except ValueError as error:
                raise pulumi.RunError(f"alerts.rules: {error}") from None
            register(f"{name}-rule", rule, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
