from dataclasses import replace

import pytest

from components.audit import Audit, AuditArgs, reading_rules
from components.exposure import Exposure, Page
from contract.answer import LIVEZ, PORT, READYZ
from contract.audit import SERVICE
from contract.environment import AuditSettings
from contract.scope import KYVERNO_NAMESPACE
from kube.resource import path
from plumber.audit.cluster_cache import KINDS
from tests.unit.components.fixtures import (
    EXPORT,
    HIDDEN_PAGE,
    IMAGE,
    MONITORED,
    UNMONITORED,
    built,
    plain,
)

ARGS = AuditArgs(
    image=IMAGE,
    export=EXPORT,
    excluded=("kube-system", "storage"),
    host="pvc-audit.test",
    page=HIDDEN_PAGE,
    monitoring=UNMONITORED,
)
EXPOSED = Page(exposure=Exposure.INGRESS, from_namespaces=("front",))
DEPLOYMENT = "audit-deployment"


def _made(args=ARGS):
    return built(lambda opts: Audit("audit", args, opts))


def _container(made):
    (container,) = made.pods()[DEPLOYMENT]["containers"]
    return container


def test_its_rights_are_those_that_it_uses_and_no_others():
    allowed = set()
    for rule in plain(reading_rules()):
        assert rule["verbs"] == ["list", "watch"]
        (group,), (kind,) = rule["api_groups"], rule["resources"]
        allowed.add((group, kind))
    places = [path(kind, "").split("/") for kind in KINDS]
    used = {(parts[1] if parts[0] == "apis" else "", parts[-1]) for parts in places}
    assert allowed == used
    assert {item.kind for item in _made().resources} & {"Role", "RoleBinding"} == set()


def test_it_knows_which_namespaces_have_no_backup():
    settings = AuditSettings.from_environment(
        {v["name"]: v["value"] for v in _container(_made())["env"]}
    )
    assert settings.excluded == ("kube-system", "storage")


def test_it_writes_only_to_a_volume_of_its_own():
    container = _container(_made())
    settings = AuditSettings.from_environment({v["name"]: v["value"] for v in container["env"]})
    writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert writable == [str(settings.state)]
    nfs = next(v["nfs"] for v in _made().pods()[DEPLOYMENT]["volumes"] if "nfs" in v)
    assert nfs["readOnly"] is True


def test_its_probes_and_port_are_its_own_words():
    container = _container(_made())
    assert container["livenessProbe"]["httpGet"]["path"] == LIVEZ
    assert container["readinessProbe"]["httpGet"]["path"] == READYZ
    assert container["ports"][0]["containerPort"] == PORT


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (ARGS, []),
        (replace(ARGS, monitoring=MONITORED), ["monitoring"]),
        (
            replace(ARGS, page=EXPOSED),
            ["front"],
        ),
    ],
)
def test_nobody_reaches_it_who_was_not_named(args, expected):
    """Kyverno least of all: it asks pvc-plumber."""
    rules = _made(args).one("audit-network-policy").inputs["spec"]["ingress"]
    peers = [peer for rule in rules for peer in rule["from"]]
    names = [next(iter(peer["namespaceSelector"]["matchLabels"].values())) for peer in peers]
    assert names == expected
    assert KYVERNO_NAMESPACE not in names


def test_it_leaves_the_cluster_only_where_the_stack_says_so():
    assert not _made().of_kind("Ingress")
    exposed = _made(replace(ARGS, page=EXPOSED))
    (ingress,) = exposed.of_kind("Ingress")
    assert ingress.inputs["spec"]["rules"][0]["host"] == "pvc-audit.test"
    assert ingress.inputs["metadata"]["name"] == SERVICE


def test_it_can_be_left_out():
    made = _made(replace(ARGS, page=Page(enabled=False)))
    assert {item.kind for item in made.resources} == {"kubernetes", "Audit"}
