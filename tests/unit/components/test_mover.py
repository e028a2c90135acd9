from dataclasses import replace

import pytest

from components.mover import Mover, MoverArgs, cluster_rules, repository_rules
from contract.environment import MoverSettings, NfsMode, Unreadable
from contract.repository import PIN_CONFIG_MAP
from contract.scope import MAINTENANCE, RESTORE_PROOF
from fakes.builders import CONFIG
from kube.resource import MUTATING_POLICY, PATHS, VALIDATING_POLICY, WEBHOOK_CONFIGURATION, plural
from mover.controller.watch import watched
from tests.unit.components.fixtures import EXPORT, IMAGE, MONITORED, UNMONITORED, built, plain

ARGS = MoverArgs(
    settings=MoverSettings(
        image=IMAGE,
        snapshot_class="snapshots",
        max_jobs=7,
        unreadable_files=Unreadable.WARN,
        drills="20 */6 * * *",
    ),
    monitoring=UNMONITORED,
)


def _made(args=ARGS):
    return built(lambda opts: Mover("mover", args, opts))


def _settings(args):
    (container,) = _made(args).pods()["mover-deployment"]["containers"]
    return MoverSettings.from_environment({v["name"]: v["value"] for v in container["env"]})


@pytest.mark.parametrize("mode", NfsMode)
def test_the_mover_understands_every_setting_it_is_given(mode):
    nfs = {"nfs_mode": mode, "nfs_server": EXPORT.server, "nfs_path": EXPORT.path}
    settings = replace(ARGS.settings, **nfs)
    assert _settings(replace(ARGS, settings=settings)) == settings


def test_its_ports_are_those_it_is_told_to_listen_on():
    args = replace(ARGS, settings=replace(ARGS.settings, metrics_port=81, probe_port=82))
    (container,) = _made(args).pods()["mover-deployment"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"metrics": args.settings.metrics_port, "health": args.settings.probe_port}
    assert _settings(args).metrics_port == args.settings.metrics_port


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
    # Of pvc-plumber, and of the canary beside Kyverno.
    theirs = {plural(k) for k in (WEBHOOK_CONFIGURATION, VALIDATING_POLICY, MUTATING_POLICY)}
    assert {plural for _, plural in PATHS.values()} - theirs <= allowed


def test_it_may_watch_just_what_it_watches():
    may = {
        resource
        for rule in plain(cluster_rules())
        for resource in rule["resources"]
        if "watch" in rule["verbs"]
    }
    assert may == {plural(about.kind) for about in watched(CONFIG)}


def test_prometheus_is_only_told_where_it_exists():
    assert _made().of_kind("ServiceMonitor") == []
    monitored = _made(replace(ARGS, monitoring=MONITORED))
    assert len(monitored.of_kind("ServiceMonitor")) == 1
