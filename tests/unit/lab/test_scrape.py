from typing import Any

from lab.monitoring.scrape import NODE_PROGRAMS, configuration, groups, jobs

MONITOR: dict[str, Any] = {
    "metadata": {"name": "part", "namespace": "home"},
    "spec": {
        "selector": {"matchLabels": {"app": "part"}},
        "endpoints": [{"port": "http", "path": "/v1/metrics"}, {"port": "more"}],
    },
}
ELSEWHERE: dict[str, Any] = {
    **MONITOR,
    "spec": {**MONITOR["spec"], "namespaceSelector": {"matchNames": ["there"]}},
}


def service(namespace, name, **labels):
    return {"metadata": {"namespace": namespace, "name": name, "labels": labels}}


def part(namespace, name, *pods):
    return {
        "metadata": {"namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
        "ports": [{"name": "http", "port": 8080}, {"name": "more", "port": 8081}],
        "endpoints": [
            {"addresses": [address], "targetRef": {"kind": "Pod", "name": pod}}
            for pod, address in pods
        ],
    }


SERVICES = [
    service("home", "a", app="part", tier="x"),
    service("home", "b", app="other"),
    service("there", "a", app="part"),
]
SLICES = [
    part("home", "a", ("a-0", "10.0.0.1"), ("a-1", "10.0.0.2")),
    part("home", "b", ("b-0", "10.0.0.3")),
    part("there", "a", ("a-0", "10.0.0.4")),
]


def test_a_monitor_means_the_pods_of_its_services_at_its_port():
    http, more = (
        [group["targets"] for group in groups(monitor, endpoint, SERVICES, SLICES)]
        for monitor, endpoint in jobs([MONITOR]).values()
    )
    assert http == [["10.0.0.1:8080"], ["10.0.0.2:8080"]]
    assert more == [["10.0.0.1:8081"], ["10.0.0.2:8081"]]


def test_a_monitor_looks_in_its_own_namespace_unless_it_says_where():
    for monitor, expected in ((MONITOR, "home"), (ELSEWHERE, "there")):
        scraped = groups(monitor, monitor["spec"]["endpoints"][0], SERVICES, SLICES)
        assert {group["labels"]["namespace"] for group in scraped} == {expected}


def test_a_target_carries_the_labels_that_the_operator_gives():
    [first, *_] = groups(MONITOR, MONITOR["spec"]["endpoints"][0], SERVICES, SLICES)
    assert first["labels"] == {"namespace": "home", "service": "a", "pod": "a-0"}


def test_a_service_without_endpoints_has_no_targets():
    empty = {"metadata": SLICES[0]["metadata"], "ports": None, "endpoints": None}
    assert groups(MONITOR, MONITOR["spec"]["endpoints"][0], SERVICES, [empty]) == []


def test_everything_is_scraped_and_the_rules_are_read():
    config = configuration([MONITOR], "rules.yaml", "targets/{}.json".format)
    assert config["rule_files"] == ["rules.yaml"]
    scraped = config["scrape_configs"][len(NODE_PROGRAMS) :]
    assert [job["metrics_path"] for job in scraped] == ["/v1/metrics", "/metrics"]
    found_in = [job["file_sd_configs"][0]["files"] for job in scraped]
    assert found_in == [["targets/home-part-0.json"], ["targets/home-part-1.json"]]
