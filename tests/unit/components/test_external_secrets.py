from dataclasses import replace

from components.external_secrets import ExternalSecrets, ExternalSecretsArgs, values
from components.release import Chart
from tests.unit.components.fixtures import MONITORED, UNMONITORED, built

ARGS = ExternalSecretsArgs(
    install=True,
    create_namespace=True,
    chart=Chart(name="external-secrets", repository="https://charts.test/", version="1"),
    image_registry="",
    monitoring=UNMONITORED,
    capabilities=None,
)


def _made(args):
    return built(lambda opts: ExternalSecrets("external-secrets", args, opts))


def test_it_is_installed_only_when_asked_for():
    kinds = {item.kind for item in _made(replace(ARGS, install=False)).resources}
    assert kinds == {"kubernetes", "ExternalSecrets"}


def test_the_release_comes_after_its_namespace_unless_that_is_there():
    assert "external-secrets-namespace" in _made(ARGS).needs("external-secrets-release")
    kinds = {item.kind for item in _made(replace(ARGS, create_namespace=False)).resources}
    assert "Namespace" not in kinds


def test_its_kinds_and_so_all_secrets_survive_a_destroy():
    assert values(ARGS)["crds"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_it_is_scraped_where_alerts_read_its_metrics():
    assert values(ARGS)["serviceMonitor"]["enabled"] is False
    scraped = values(replace(ARGS, monitoring=MONITORED))["serviceMonitor"]
    assert scraped["enabled"] is True
    assert scraped["additionalLabels"] == MONITORED.labels


def test_a_mirror_serves_each_of_its_programs():
    made = values(replace(ARGS, image_registry="mirror.test"))
    mirrored = {"repository": "mirror.test/external-secrets/external-secrets"}
    assert made["image"] == mirrored
    assert made["webhook"]["image"] == made["certController"]["image"] == mirrored


def test_whoever_may_edit_a_namespace_gets_no_rights_on_stores_and_nothing_is_pushed():
    made = values(ARGS)
    assert made["rbac"] == {"aggregateToView": False, "aggregateToEdit": False}
    assert made["processPushSecret"] is made["processClusterPushSecret"] is False
