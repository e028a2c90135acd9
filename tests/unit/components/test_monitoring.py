import pulumi

from components.monitoring import service_monitor
from components.pod import selector
from contract.answer import METRICS
from tests.unit.components.fixtures import MONITORED
from tests.unit.stack.recording import record


def test_a_monitor_is_found_by_prometheus_and_finds_the_parts_service():
    made = record(
        lambda: service_monitor("m", "part", MONITORED, pulumi.ResourceOptions(), port="http")
    ).one("m")
    assert made.inputs["metadata"]["labels"].items() >= MONITORED.labels.items()
    assert made.inputs["spec"]["selector"]["matchLabels"] == selector("part")
    (endpoint,) = made.inputs["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", METRICS)
