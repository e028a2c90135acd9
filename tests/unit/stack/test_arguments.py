import re

import pytest

from components.exposure import Exposure
from contract.environment import Isolation
from contract.repository import NfsExport, PasswordSource
from contract.scope import MOVERS_NAMESPACE
from manifests.alerts.alert import Change
from manifests.policies import secret_store
from manifests.render import native_policies
from stack import arguments, versions
from stack.settings import Settings
from tests.unit.stack.stacks import ROOT, minimal, stack

CHARTS = (versions.EXTERNAL_SECRETS, versions.KYVERNO, versions.VOLSYNC)


def _settings(**more):
    return Settings.model_validate(minimal(**more))


def test_prod_deploys_the_pinned_charts_from_their_own_repositories():
    prod = Settings.model_validate(stack(ROOT / "Pulumi.prod.yaml"))
    taken = (arguments.external_secrets(prod), arguments.kyverno(prod), arguments.volsync(prod))
    assert {one.chart.name: one.chart.repository for one in taken} == {
        "external-secrets": "https://charts.external-secrets.io/",
        "kyverno": "https://kyverno.github.io/kyverno/",
        "volsync": "https://backube.github.io/helm-charts/",
    }
    assert tuple(one.chart.version for one in taken) == tuple(one.version for one in CHARTS)


@pytest.mark.parametrize(
    "chart", [versions.VOLSYNC, versions.EXTERNAL_SECRETS], ids=lambda c: c.name
)
def test_a_pinned_chart_is_of_the_release_that_the_lab_builds(chart):
    module = (ROOT / "lab" / "tools" / chart.name / "go.mod").read_text()
    assert f"/{chart.name} v{chart.version} " in module


def test_kyverno_s_chart_is_of_the_release_that_the_lab_builds():
    """Its chart has a number of its own: 3.9 for 1.19. `lab.charts` expects it in the source."""
    _, minor, patch = versions.KYVERNO.version.split(".")
    module = (ROOT / "lab" / "tools" / "kyverno" / "go.mod").read_text()
    assert f"kyverno/kyverno v1.{int(minor) + 10}.{patch} " in module


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_page_of_dependencies_names_the_chart_that_is_pinned(chart):
    page = (ROOT / "docs" / "dependencies.md").read_text()
    (line,) = re.findall(rf"- \*\*{chart.name.replace('-', ' ')}.*", page, re.IGNORECASE)
    assert chart.version in line


def test_the_lab_takes_its_charts_from_folders_and_its_images_from_its_own_registry():
    lab = Settings.model_validate(stack(ROOT / "Pulumi.lab.yaml"))
    assert arguments.kyverno(lab).chart.name == "lab/charts/kyverno"
    assert arguments.volsync(lab).chart.name == "lab/charts/volsync"
    assert arguments.kyverno(lab).image_registry == arguments.volsync(lab).image_registry
    assert lab.image.startswith(f"{lab.image_registry}/")


def test_the_schedule_reaches_the_policies():
    schedule = {"spread": False, "window": 90, "cleanup": "* * * * *"}
    params = arguments.backup_policies(_settings(schedule=schedule)).params
    assert (params.spread, params.window, params.cleanup) == (False, 90, "* * * * *")


def test_policies_and_webhooks_exclude_the_same_namespaces_but_the_movers():
    """There Kyverno has to be asked: it mounts the repository."""
    settings = _settings(excludedNamespaces=["storage"])
    excluded = arguments.kyverno(settings).excluded_namespaces
    assert "storage" in excluded
    params = arguments.backup_policies(settings).params
    assert set(params.excluded) == {*excluded, MOVERS_NAMESPACE}
    assert MOVERS_NAMESPACE not in excluded


APART = {"inNamespaces": ["plain"], "quota": {"pods": "9"}}


def test_isolation_reaches_every_part_that_it_concerns():
    settings = _settings(mover=APART)
    params = arguments.backup_policies(settings).params
    program = arguments.mover(settings).settings
    for part in (params, program, arguments.audit(settings), arguments.movers(settings)):
        assert part.isolation is Isolation.SYSTEM
    assert params.in_namespaces == program.in_namespaces == ("plain",)
    assert arguments.guards(settings).params == params
    assert arguments.movers(settings).quota == {"pods": "9"}


def test_the_password_is_served_where_it_is_needed_and_with_every_pvc_only_when_movers_are():
    beside = _settings(mover={"isolation": "namespace"})
    assert arguments.secret_store(beside, None).namespaces == ()
    apart = _settings(mover=APART)
    served = arguments.secret_store(apart, None).namespaces
    assert set(served) == {"volsync-system", "kopia-movers", "plain"}
    drills = _settings(mover=APART, restoreProof={"enabled": True})
    assert set(arguments.secret_store(drills, None).namespaces) == {*served, "kopia-restore-proof"}


def test_no_pod_mounts_the_export_but_the_systems_and_those_that_the_stack_names():
    repository = {"server": "nfs.test", "path": "/export", "alsoMountedIn": ["nas-tools"]}
    params = arguments.backup_policies(_settings(repository=repository)).params
    assert params.repository == NfsExport("nfs.test", "/export")
    assert set(params.mounted_in) == {"volsync-system", "kopia-movers", "nas-tools"}
    drills = _settings(restoreProof={"enabled": True})
    assert "kopia-restore-proof" in arguments.backup_policies(drills).params.mounted_in


def test_every_part_uses_the_one_image_and_the_one_export():
    settings = _settings()
    export = NfsExport(server="nfs.test", path="/export")
    parts = [
        arguments.repository,
        arguments.pvc_plumber,
        arguments.restore_proof,
        arguments.kopia_ui,
    ]
    images = {part(settings).image for part in parts} | {arguments.mover(settings).settings.image}
    assert images == {settings.image}
    assert {part(settings).export for part in parts} == {export}


def test_the_web_page_is_named_under_the_domain_and_not_exposed_by_default():
    ui = arguments.kopia_ui(_settings(domain="example.test"))
    assert ui.host == "kopia-ui.example.test"
    assert ui.page.exposure is Exposure.NONE


def test_monitoring_is_the_same_for_all():
    settings = _settings(alerts={"enabled": True, "namespaces": ["m"], "labels": {"a": "b"}})
    section = settings.alerts
    assert (section.enabled, section.namespaces, section.labels) == (True, ("m",), {"a": "b"})
    assert arguments.mover(settings).monitoring == arguments.alerts(settings).monitoring == section


def test_one_store_item_and_field_serve_all_that_read_the_password():
    store = {"install": False, "name": "vault", "item": "backups", "field": "pw"}
    settings = _settings(secretStore=store)
    password = PasswordSource(store="vault", item="backups", field="pw")
    assert arguments.repository(settings).password == password
    assert arguments.restore_proof(settings).password == password
    assert arguments.movers(settings).password == password
    assert arguments.backup_policies(settings).params.password == password
    assert arguments.guards(settings).params.password == password
    assert arguments.secret_store(settings, None).name == "vault"


@pytest.mark.parametrize(
    ("store", "is_reserved"),
    [
        ({"connectHost": "c", "vault": "v"}, True),
        ({"connectHost": "c", "vault": "v", "reserved": False}, False),
        ({"install": False}, False),
        ({"install": False, "reserved": True}, True),
    ],
)
def test_a_store_is_reserved_where_the_stack_makes_it_unless_it_says_otherwise(store, is_reserved):
    params = arguments.guards(_settings(secretStore=store)).params
    assert params.reserved is is_reserved
    names = {obj["metadata"]["name"] for obj in native_policies(params)}
    assert (secret_store.NAME in names) is is_reserved


def test_the_token_only_passes_through():
    assert arguments.secret_store(_settings(), None).token is None


def test_drills_are_off_unless_asked_for_and_then_known_to_mover_and_alerts():
    off = _settings()
    assert arguments.restore_proof(off).enabled is False
    assert arguments.mover(off).settings.drills == ""
    assert arguments.alerts(off).has_drills is False
    on = _settings(restoreProof={"enabled": True, "schedule": "1 2 * * *"})
    assert arguments.restore_proof(on).enabled is True
    drills = arguments.mover(on).settings.drills
    assert drills == arguments.restore_proof(on).schedule == "1 2 * * *"
    assert arguments.alerts(on).has_drills is True


def test_drills_restore_onto_storage_like_that_of_the_pvcs_unless_told_otherwise():
    assert arguments.restore_proof(_settings()).storage_class == "fast"
    slow = _settings(restoreProof={"storageClass": "slow"})
    assert arguments.restore_proof(slow).storage_class == "slow"


def test_the_dashboard_is_off_unless_asked_for_and_shows_the_parts_that_there_are():
    assert arguments.dashboard(_settings()).enabled is False
    given = {"enabled": True, "labels": {"my": "dashboards"}}
    drills = {"enabled": True}
    runbook = "https://docs.test/operations"
    settings = _settings(dashboard=given, restoreProof=drills, alerts={"runbook": runbook})
    args = arguments.dashboard(settings)
    assert (args.enabled, args.labels) == (True, {"my": "dashboards"})
    assert (args.has_drills, args.has_audit) == (True, True)
    assert arguments.dashboard(_settings(audit={"enabled": False})).has_audit is False
    assert args.runbook == arguments.alerts(settings).monitoring.runbook == runbook


def test_a_stack_changes_single_alerts_and_leaves_the_others():
    rules = {
        "BackupLate": {"wait": "6h"},
        "PvcDenied": {"enabled": False},
        "RepositoryNearlyFull": {"threshold": 0.8},
    }
    assert arguments.alerts(_settings(alerts={"rules": rules})).monitoring.rules == {
        "BackupLate": Change(wait="6h"),
        "PvcDenied": Change(enabled=False),
        "RepositoryNearlyFull": Change(threshold=0.8),
    }


def test_the_movers_pods_are_as_the_stack_says_and_the_limits_stay_their_own():
    section = {
        "maxJobs": 9,
        "resources": {"requests": {"memory": "1Gi"}, "limits": {"cpu": "2"}},
        "tolerations": [{"key": "role", "operator": "Exists"}],
        "nodeSelector": {"disk": "fast"},
        "priorityClass": "batch",
        "imagePullSecrets": ["registry"],
    }
    settings = arguments.mover(_settings(mover=section)).settings
    assert settings.max_jobs == 9
    assert settings.pods.resources.manifest() == {
        "requests": {"cpu": "50m", "memory": "1Gi"},
        "limits": {"cpu": "2", "memory": "4Gi"},
    }
    assert settings.pods.manifest() == {
        "tolerations": [{"operator": "Exists", "key": "role"}],
        "nodeSelector": {"disk": "fast"},
        "imagePullSecrets": [{"name": "registry"}],
        "priorityClassName": "batch",
    }


def test_policies_ask_pvc_plumber_by_its_full_name_in_the_clusters_domain():
    def url(**section):
        return arguments.backup_policies(_settings(cluster=section)).params.plumber_url

    assert url() == "http://pvc-plumber.volsync-system.svc.cluster.local."
    assert url(domain="k8s.example") == "http://pvc-plumber.volsync-system.svc.k8s.example."
