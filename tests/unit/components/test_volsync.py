from dataclasses import replace

from components.release import Chart
from components.volsync import IMAGE_KEYS, METRICS_PORT, VolSync, VolSyncArgs, values
from contract.scope import VOLSYNC_NAMESPACE
from tests.unit.components.fixtures import MONITORED, built

ARGS = VolSyncArgs(
    capabilities=None,
    install=True,
    create_namespace=True,
    chart=Chart(name="volsync", repository="https://charts.test/", version="0.16.0"),
    image_registry="",
)


def _made(args):
    return built(lambda opts: VolSync("volsync", args, opts))


def test_a_mirror_serves_the_controller_and_every_data_mover():
    made = values(replace(ARGS, image_registry="mirror.test"))
    for key in IMAGE_KEYS:
        assert made[key] == {"repository": "mirror.test/backube/volsync"}
    assert not set(IMAGE_KEYS) & set(values(ARGS))


def test_the_release_comes_after_its_namespace():
    made = _made(ARGS)
    assert made.one("volsync-namespace").inputs["metadata"]["name"] == VOLSYNC_NAMESPACE
    assert "volsync-namespace" in made.needs("volsync-release")


def test_the_namespace_is_made_even_where_volsync_is_already_there():
    kinds = {item.kind for item in _made(replace(ARGS, install=False)).resources}
    assert kinds == {"kubernetes", "VolSync", "Namespace", "NetworkPolicy"}


def test_its_namespace_takes_no_pod_that_could_take_a_node_over():
    labels = _made(ARGS).one("volsync-namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_volsync_reaches_the_api_server_and_is_reached_by_prometheus_alone():
    made = _made(replace(ARGS, monitoring=MONITORED))
    assert "volsync-network-policy" in made.needs("volsync-release")
    spec = made.one("volsync-network-policy").inputs["spec"]
    (rule,) = spec["ingress"]
    assert [port["port"] for port in rule["ports"]] == [METRICS_PORT]
    assert len(rule["from"]) == len(MONITORED.namespaces)
    assert spec["egress"]


def test_an_existing_namespace_is_left_alone():
    kinds = {item.kind for item in _made(replace(ARGS, create_namespace=False)).resources}
    assert kinds == {"kubernetes", "VolSync", "Release"}
