from manifests.grafana.variable import DATASOURCE, VARIABLES, namespace_matcher

BY_NAME = {variable["name"]: variable for variable in VARIABLES}


def test_panels_refer_to_what_can_be_chosen():
    assert DATASOURCE["uid"] == "${datasource}"
    assert namespace_matcher("pvc_namespace") == 'pvc_namespace=~"$namespace"'
    assert set(BY_NAME) == {"datasource", "namespace"}


def test_prometheus_is_chosen_first_and_then_any_namespaces():
    assert BY_NAME["datasource"]["query"] == "prometheus"
    namespace = BY_NAME["namespace"]
    assert namespace["datasource"] == DATASOURCE
    assert namespace["multi"] is namespace["includeAll"] is True
    assert namespace["current"]["value"] == ["$__all"]
