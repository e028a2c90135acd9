from dataclasses import replace

from components.mover import Mover, MoverArgs, cluster_rules, environment, repository_rules
from contract.repository import PIN_CONFIG_MAP
from contract.scope import MAINTENANCE, RESTORE_PROOF
from kube.resource import PATHS, plural
from mover import settings
from mover.controller.watch import WATCHED
from tests.unit.components.fixtures import EXPORT, IMAGE, MONITORED, UNMONITORED, built, plain

ARGS = MoverArgs(
    image=IMAGE,
    export=None,
    snapshot_class="snapshots",
    timezone="UTC",
    max_jobs=7,
    max_jobs_per_node=3,
    unreadable="warn",
    drills="20 */6 * * *",
    monitoring=UNMONITORED,
)


def _made(args=ARGS):
    return built(lambda opts: Mover("mover", args, opts))


def test_the_mover_understands_every_setting_it_is_given():
    injected = settings.load(environment(ARGS))
    assert (injected.image, injected.nfs_mode, injected.nfs) == (IMAGE, settings.INJECT, None)
    assert injected.snapshot_class == "snapshots"
    assert (injected.max_jobs, injected.max_jobs_per_node) == (7, 3)
    assert (injected.unreadable, injected.drills) == (settings.WARN, "20 */6 * * *")
    native = settings.load(environment(replace(ARGS, export=EXPORT)))
    assert (native.nfs_mode, native.nfs) == (settings.NATIVE, EXPORT)


def test_its_ports_are_those_it_is_told_to_listen_on():
    (container,) = _made().pods()["mover-deployment"]["containers"]
    told = settings.load({v["name"]: v["value"] for v in container["env"]})
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"metrics": told.metrics_port, "health": told.probe_port}


def test_there_is_never_a_second_controller_not_even_during_a_rollout():
    spec = _made().one("mover-deployment").inputs["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


def test_it_has_its_rights_before_it_starts():
    assert "mover-cluster-role-binding" in _made().needs("mover-deployment")


def test_it_reads_no_secret_and_two_config_maps():
    for rule in plain(cluster_rules()):
        assert not {"secrets", "configmaps", "*"} & set(rule["resources"])
        assert not {"*", "update"} & set(rule["verbs"])
    pin, maintenance = _made().one("mover-role").inputs["rules"]
    assert (pin["resourceNames"], pin["verbs"]) == ([PIN_CONFIG_MAP, RESTORE_PROOF], ["get"])
    assert (maintenance["resources"], maintenance["verbs"]) == (["cronjobs"], ["get"])
    assert maintenance["resourceNames"] == [MAINTENANCE]


def test_it_may_read_all_that_it_asks_the_api_for():
    rules = [*plain(cluster_rules()), *plain(repository_rules())]
    allowed = {resource for rule in rules for resource in rule["resources"]}
    assert {plural for _, plural in PATHS.values()} <= allowed


def test_it_may_watch_just_what_it_watches():
    watched = {
        resource
        for rule in plain(cluster_rules())
        for resource in rule["resources"]
        if "watch" in rule["verbs"]
    }
    assert watched == {plural(kind) for kind in WATCHED}


def test_prometheus_is_only_told_where_it_exists():
    assert _made().of_kind("ServiceMonitor") == []
    monitored = _made(replace(ARGS, monitoring=MONITORED))
    assert len(monitored.of_kind("ServiceMonitor")) == 1
