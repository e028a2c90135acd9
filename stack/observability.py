"""The parts of the stack's settings by which people see it: pages, alerts, the dashboard."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stack.sections import Name, Namespace, Section


class Gateway(Section):
    name: Name
    """Name of the Gateway, whose listener ends TLS."""
    namespace: Namespace
    """Namespace of the Gateway."""


class Page(Section):
    """A web page, and how it leaves the cluster."""

    enabled: bool = True
    """Whether it is there."""
    exposure: Literal["ingress", "httproute", "none"] = "none"
    """How it leaves the cluster."""
    ingress_class: str = ""
    """For `ingress`: its class."""
    tls_secret: str = ""
    """For `ingress`: the Secret with its certificate."""
    gateway: Gateway | None = None
    """For `httproute`, and required there: the Gateway."""
    from_namespaces: tuple[Namespace, ...] = ()
    """Namespaces whose pods may reach it: where the ingress controller or the gateway runs;
    required where it is exposed."""

    @model_validator(mode="after")
    def _reachable(self) -> "Page":
        if self.exposure == "httproute" and self.gateway is None:
            raise ValueError("gateway is required where exposure is httproute")
        if self.exposure != "none" and not self.from_namespaces:
            raise ValueError(
                "fromNamespaces must name the namespace that the page's users enter by"
            )
        return self


class AlertRule(Section):
    """What is wanted otherwise of one alert; "" and None leave it as it is."""

    enabled: bool = True
    """`false` turns the alert off."""
    wait: Annotated[str, Field(pattern=r"^([0-9]+[smhdw])*$", title="time such as `2h`")] = ""
    """How long it must hold; if not set, as it is."""
    severity: str = ""
    """Its label `severity`; if not set, as it is."""
    threshold: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """What its number is compared with; if not set, as it is."""


class Alerts(Section):
    enabled: bool = False
    """PrometheusRule and ServiceMonitors; needs Prometheus Operator."""
    labels: dict[str, str] = Field(default={})
    """Labels by which Prometheus selects them, such as `release: prometheus`."""
    runbook: str = ""
    """Address of the runbook that every alert links to, and panels of the dashboard where it is
    set; if not set, alerts name `docs/operations.md`."""
    namespaces: tuple[Namespace, ...] = ()
    """Namespaces whose pods may scrape metrics."""
    rules: dict[Name, AlertRule] = Field(default={})
    """Changes to single alerts, by the name of the alert. What is not named stays as it is."""


class Dashboard(Section):
    enabled: bool = False
    """[A Grafana dashboard](operations.md#dashboard) in the ConfigMap `pvc-backup-dashboard`."""
    # By these Grafana finds it; the default is that of its charts.
    labels: dict[str, str] = Field(default={"grafana_dashboard": "1"}, min_length=1)
    """Labels by which Grafana's sidecar selects it; they replace the default."""
