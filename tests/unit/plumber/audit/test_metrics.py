from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from contract import metrics
from contract.answer import METRICS
from contract.audit import AUDIT, Key, Verdict


def values(client: TestClient) -> dict[str, list[tuple[dict[str, str], float]]]:
    text = client.get(METRICS).text
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_metrics_say_the_same(client: TestClient) -> None:
    body, seen = client.get(AUDIT).json(), values(client)
    assert seen[metrics.AUDIT_READY] == [({}, 1)]
    counted = {verdict: 0.0 for verdict in Verdict}
    for labels, number in seen[metrics.AUDIT_PVCS]:
        assert set(labels) == set(metrics.AUDIT_COUNT_LABELS)
        counted[Verdict(labels["verdict"])] += number
    assert counted == body["counts"]
    broken = {(labels["pvc"], labels["reason"]) for labels, _ in seen[metrics.AUDIT_BROKEN]}
    assert broken == {
        (one[Key.PVC], one[Key.REASON]) for one in body["pvcs"] if one[Key.VERDICT] == "broken"
    }
    assert seen[metrics.AUDIT_UNCLAIMED] == [({}, 0)]


def test_metrics_tell_that_nothing_is_known(blind: TestClient) -> None:
    assert values(blind) == {metrics.AUDIT_READY: [({}, 0)]}
