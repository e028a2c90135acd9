from dataclasses import replace

from components.kyverno import Kyverno, KyvernoArgs, Replicas, values
from components.release import Chart
from contract.scope import excluded_namespaces
from tests.unit.components.fixtures import IMAGE, MONITORED, UNMONITORED, built

ARGS = KyvernoArgs(
    image=IMAGE,
    capabilities=None,
    install=True,
    create_namespace=True,
    chart=Chart(name="kyverno", repository="https://charts.test/", version="3.9.1"),
    image_registry="",
    replicas=Replicas(admission=3, background=2, cleanup=1, reports=2),
    reconcile_minutes=5,
    excluded_namespaces=excluded_namespaces(["storage"]),
    monitoring=UNMONITORED,
)


def _made(args):
    return built(lambda opts: Kyverno("kyverno", args, opts))


def test_excluded_namespaces_never_wait_for_a_webhook():
    (rule,) = values(ARGS)["config"]["webhooks"]["namespaceSelector"]["matchExpressions"]
    assert rule["operator"] == "NotIn"
    assert rule["values"] == list(excluded_namespaces(["storage"]))
    assert "kube-system" in rule["values"]


def test_the_periodic_pass_comes_as_often_as_the_stack_says():
    (variable,) = values(ARGS)["backgroundController"]["extraEnvVars"]
    assert variable == {"name": "BACKGROUND_SCAN_INTERVAL", "value": "5m"}


def test_no_exception_gets_past_the_gate_and_cleanup_sees_our_objects():
    features = values(ARGS)["features"]
    assert features["policyExceptions"] == {"enabled": False}
    assert features["protectManagedResources"] == {"enabled": False}


def test_replicas_are_set_one_by_one_with_a_disruption_budget_where_one_may_go():
    made = values(ARGS)
    assert made["admissionController"]["replicas"] == 3
    assert made["admissionController"]["podDisruptionBudget"]["enabled"] is True
    assert made["cleanupController"]["replicas"] == 1
    assert made["cleanupController"]["podDisruptionBudget"]["enabled"] is False


def test_a_mirror_serves_every_image_hooks_included():
    made = values(replace(ARGS, image_registry="mirror.test"))
    assert made["global"]["image"]["registry"] == "mirror.test"
    assert made["webhooksCleanup"]["image"]["registry"] == "mirror.test"
    assert made["test"]["image"]["registry"] == "mirror.test"
    assert "global" not in values(ARGS)


def test_the_release_comes_after_its_namespace():
    assert "kyverno-namespace" in _made(ARGS).needs("kyverno-release")


def test_an_existing_namespace_or_kyverno_is_left_alone():
    kinds = {item.kind for item in _made(replace(ARGS, create_namespace=False)).resources}
    assert "Release" in kinds
    assert "Namespace" not in kinds
    kinds = {item.kind for item in _made(replace(ARGS, install=False)).resources}
    assert kinds == {"kubernetes", "Kyverno"}


def test_prometheus_reads_the_controllers_metrics_where_alerts_are_wanted():
    made = values(replace(ARGS, monitoring=MONITORED))
    for name in ("admission", "background", "cleanup", "reports"):
        scraped = made[f"{name}Controller"]["serviceMonitor"]
        assert scraped["enabled"] is True
        assert scraped["additionalLabels"] == MONITORED.labels
        assert values(ARGS)[f"{name}Controller"]["serviceMonitor"]["enabled"] is False
