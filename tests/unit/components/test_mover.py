import asyncio
from dataclasses import replace

import pytest

from components.mover import (
    Mover,
    MoverArgs,
    cluster_rules,
    namespace_rules,
    repository_rules,
)
from contract.environment import Isolation, MoverSettings, NfsMode, Unreadable
from contract.repository import PIN_CONFIG_MAP
from contract.scope import (
    MAINTENANCE,
    MOVER,
    MOVERS_NAMESPACE,
    RESTORE_PROOF,
    VOLSYNC_NAMESPACE,
)
from fakes.api_server import FakeApiServer
from kube.resource import (
    CRON_JOB,
    MUTATING_POLICY,
    PATHS,
    SNAPSHOT_CONTENT,
    VALIDATING_POLICY,
    WEBHOOK_CONFIGURATION,
    plural,
)
from mover import maintenance_status
from mover.controller.watch import watched
from mover.drill import status
from tests.unit.components.fixtures import EXPORT, IMAGE, MONITORED, UNMONITORED, built, plain

ARGS = MoverArgs(
    settings=MoverSettings(
        image=IMAGE,
        snapshot_class="snapshots",
        max_jobs=7,
        unreadable_files=Unreadable.WARN,
        drills="20 */6 * * *",
        isolation=Isolation.NAMESPACE,
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


APART = replace(ARGS.settings, isolation=Isolation.SYSTEM, in_namespaces=("plain",))
CHANGES = {"create", "delete", "patch"}


def _rules(settings, *namespaces):
    """What the mover may do everywhere, and in these namespaces, as pairs of kind and verb."""
    there = namespace_rules(settings)
    rules = [*cluster_rules(settings.isolation)]
    rules += [rule for namespace in namespaces for rule in there[namespace]]
    return {(kind, v) for rule in plain(rules) for kind in rule["resources"] for v in rule["verbs"]}


def _verbs(rules, kind):
    return {verb for resource, verb in rules if resource == kind}


@pytest.mark.parametrize("settings", [ARGS.settings, APART], ids=lambda s: s.isolation)
def test_it_reads_no_secret_and_two_config_maps(settings):
    every = _rules(settings, *namespace_rules(settings))
    assert not {"secrets", "configmaps", "*"} & {kind for kind, _ in every}
    assert not {"*", "update"} & {verb for _, verb in every}
    made = _made(replace(ARGS, settings=settings))
    pin, maintenance, runs = made.one("mover-role").inputs["rules"]
    assert (pin["resourceNames"], pin["verbs"]) == ([PIN_CONFIG_MAP, RESTORE_PROOF], ["get"])
    assert (maintenance["resources"], maintenance["verbs"]) == (["cronjobs"], ["get"])
    assert maintenance["resourceNames"] == [MAINTENANCE]
    assert (runs["resources"], runs["verbs"]) == (["jobs"], ["list"])


@pytest.mark.parametrize("settings", [ARGS.settings, APART], ids=lambda s: s.isolation)
def test_it_may_read_all_that_it_asks_the_api_for(settings):
    allowed = {kind for kind, _ in _rules(settings, *namespace_rules(settings))}
    allowed |= {kind for rule in plain(repository_rules()) for kind in rule["resources"]}
    # Of pvc-plumber, and of the canary beside Kyverno.
    theirs = {plural(k) for k in (WEBHOOK_CONFIGURATION, VALIDATING_POLICY, MUTATING_POLICY)}
    assert {plural for _, plural in PATHS.values()} - theirs <= allowed


class Asked(FakeApiServer):
    """Notes what is asked for, as pairs of kind and verb."""

    def __init__(self):
        super().__init__()
        self.pairs = set()

    async def get(self, kind, namespace, name):
        self.pairs.add((plural(kind), "get"))
        return await super().get(kind, namespace, name)

    async def find(self, kind, namespace, selector, fields=""):
        self.pairs.add((plural(kind), "list"))
        return await super().find(kind, namespace, selector, fields)


@pytest.mark.parametrize("settings", [ARGS.settings, APART], ids=lambda s: s.isolation)
def test_it_may_look_at_maintenance_and_drills_where_they_are(settings):
    api = Asked()
    api.put(CRON_JOB, {"metadata": {"name": MAINTENANCE, "namespace": VOLSYNC_NAMESPACE}})

    async def look():
        await maintenance_status.look(api, VOLSYNC_NAMESPACE)
        await status.look(api, VOLSYNC_NAMESPACE, settings.drills, settings.timezone)

    asyncio.run(look())
    here = {
        (r, v)
        for rule in plain(repository_rules())
        for r in rule["resources"]
        for v in rule["verbs"]
    }
    assert api.pairs
    assert api.pairs <= here | _rules(settings)


@pytest.mark.parametrize("settings", [ARGS.settings, APART], ids=lambda s: s.isolation)
def test_it_may_watch_just_what_it_watches_and_what_the_other_mode_has_left(settings):
    everywhere = {kind for kind, verb in _rules(settings) if verb == "watch"}
    watches = watched(settings)
    contents = {plural(SNAPSHOT_CONTENT)}
    assert everywhere == {plural(w.kind) for w in watches if not w.namespace} | contents
    for one in watches:
        if one.namespace:
            assert (plural(one.kind), "watch") in _rules(settings, one.namespace)


def test_movers_that_work_apart_have_no_job_and_no_volume_in_an_applications_namespace():
    everywhere = _rules(APART)
    assert _verbs(everywhere, "jobs") == set()
    assert _verbs(everywhere, "externalsecrets") == set()
    assert not CHANGES & _verbs(everywhere, "persistentvolumeclaims")
    assert _verbs(everywhere, "events") == {"create"}
    assert _verbs(everywhere, "volumesnapshots") >= CHANGES
    assert _verbs(everywhere, "volumesnapshotcontents") >= CHANGES


@pytest.mark.parametrize("kind", ["jobs", "persistentvolumeclaims"])
def test_it_works_in_its_own_namespace(kind):
    own = _rules(APART, MOVERS_NAMESPACE)
    assert _verbs(own, kind) == {"get", "list", "watch", "create", "delete"}
    assert {"list", "create"} <= _verbs(own, "events")
    assert ("externalsecrets", "get") not in own


def test_in_a_namespace_that_is_an_exception_it_may_do_what_it_may_everywhere_without_isolation():
    contents = {("volumesnapshotcontents", verb) for verb in ("create", "patch")}
    assert _rules(APART, "plain") - contents == _rules(ARGS.settings)


def test_without_isolation_it_makes_no_content_and_removes_what_isolation_has_left():
    verbs = _verbs(_rules(ARGS.settings), "volumesnapshotcontents")
    assert verbs == {"get", "list", "watch", "delete"}


def test_each_namespace_where_it_works_binds_its_role_before_the_controller_starts():
    made = _made(replace(ARGS, settings=APART))
    for namespace in (MOVERS_NAMESPACE, "plain"):
        binding = made.one(f"mover-role-{namespace}-binding").inputs
        assert binding["metadata"]["namespace"] == namespace
        (subject,) = binding["subjects"]
        assert (subject["name"], subject["namespace"]) == (MOVER, VOLSYNC_NAMESPACE)
        assert f"mover-role-{namespace}-binding" in made.needs("mover-deployment")
    here = {item.inputs["metadata"]["namespace"] for item in _made().of_kind("Role")}
    assert here == {VOLSYNC_NAMESPACE}


def test_prometheus_is_only_told_where_it_exists():
    assert _made().of_kind("ServiceMonitor") == []
    monitored = _made(replace(ARGS, monitoring=MONITORED))
    assert len(monitored.of_kind("ServiceMonitor")) == 1
