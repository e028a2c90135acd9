from lab.monitoring.scrape import NODE_PROGRAMS, configuration, of_monitor

MONITOR = {
    "metadata": {"name": "part", "namespace": "home"},
    "spec": {
        "selector": {"matchLabels": {"app.kubernetes.io/name": "part"}},
        "endpoints": [{"port": "http", "path": "/v1/metrics"}, {"port": "more"}],
    },
}


def test_a_monitor_selects_services_by_label_and_endpoints_by_port():
    first, second = of_monitor(MONITOR)
    kept = {
        (*rule["source_labels"], rule["regex"])
        for rule in first["relabel_configs"]
        if rule.get("action") == "keep"
    }
    assert kept == {
        ("__meta_kubernetes_service_label_app_kubernetes_io_name", "part"),
        ("__meta_kubernetes_endpoint_port_name", "http"),
    }
    assert (first["metrics_path"], second["metrics_path"]) == ("/v1/metrics", "/metrics")
    assert first["job_name"] != second["job_name"]


def test_a_monitor_looks_in_its_own_namespace_unless_it_says_where():
    other = {**MONITOR["spec"], "namespaceSelector": {"matchNames": ["there"]}}
    for spec, expected in ((MONITOR["spec"], "home"), (other, "there")):
        job, _ = of_monitor({**MONITOR, "spec": spec})
        assert job["kubernetes_sd_configs"][0]["namespaces"] == {"names": [expected]}


def test_everything_is_scraped_and_the_rules_are_read():
    made = configuration([MONITOR], "rules.yaml")
    assert made["rule_files"] == ["rules.yaml"]
    assert len(made["scrape_configs"]) == len(NODE_PROGRAMS) + 2
