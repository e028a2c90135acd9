import pytest
from pydantic import ValidationError, create_model

from components.dashboard import DashboardOptions
from components.exposure import Page, PasswordPage
from components.release import ChartSource
from components.restore_proof import DrillOptions
from components.secret_store import StoreOptions
from contract.repository import NfsExport, PasswordSource
from manifests.alerts.alert import Change
from stack import arguments
from stack.sections import Repository, Section
from stack.settings import Settings
from tests.unit.stack.stacks import minimal


def read(options, values):
    """As the stack's settings read what is said once, beside the component."""
    stack = create_model("Stack", __base__=Section, options=options)
    return dict(stack.model_validate({"options": values}))["options"]


def test_a_chart_comes_from_one_place():
    with pytest.raises(ValidationError, match="path excludes"):
        read(ChartSource, {"path": "charts/x", "version": "1"})


@pytest.mark.parametrize(("mount", "injected"), [("inject", True), ("native", False), (None, True)])
def test_the_repository_is_mounted_by_the_policy_or_by_the_mover_never_by_both(mount, injected):
    values = {"server": "s", "path": "/p", **({"mount": mount} if mount else {})}
    settings = Settings.model_validate(minimal(repository=values))
    export = NfsExport(server="s", path="/p")
    by_mover = arguments.mover(settings).settings.export
    assert (settings.repository.injected, by_mover) == (
        (export, None) if injected else (None, export)
    )


def test_a_mount_of_another_kind_is_refused():
    with pytest.raises(ValidationError):
        Repository.model_validate({"server": "s", "path": "/p", "mount": "host"})


@pytest.mark.parametrize("given", [{}, {"connectHost": "h"}, {"vault": "v"}])
def test_a_store_to_install_must_be_complete(given):
    with pytest.raises(ValidationError, match="connectHost and vault"):
        read(StoreOptions, given)


@pytest.mark.parametrize("key", ["name", "item", "field"])
@pytest.mark.parametrize("text", [" ", " a", "a\n"])
def test_a_password_that_no_store_could_find_is_refused(key, text):
    with pytest.raises(ValidationError, match=f"{key} must"):
        read(StoreOptions, {"install": False, key: text})


@pytest.mark.parametrize(
    ("key", "text"), [("name", ""), ("name", "A"), ("name", "a/b"), ("item", "")]
)
def test_a_store_and_an_item_need_a_name(key, text):
    with pytest.raises(ValidationError, match=f"{key} must"):
        read(StoreOptions, {"install": False, key: text})


def test_a_store_that_is_there_needs_its_name_alone_and_an_item_may_be_the_password():
    given = {"install": False, "name": "vault", "item": "backups/kopia", "field": ""}
    password = read(StoreOptions, given).password
    assert password == PasswordSource(store="vault", item="backups/kopia", field="")
    assert read(StoreOptions, {"install": False}).password == PasswordSource()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"exposure": "httproute", "fromNamespaces": ["g"]}, "gateway"),
        ({"exposure": "ingress"}, "fromNamespaces"),
    ],
)
def test_an_exposure_that_nobody_could_reach_is_refused(given, missing):
    with pytest.raises(ValidationError, match=missing):
        read(Page, given)


@pytest.mark.parametrize("host", ["http://c", "HTTP://c:8080"])
def test_a_token_goes_in_clear_only_where_the_stack_says_so_aloud(host):
    store = {"connectHost": host, "vault": "v"}
    with pytest.raises(ValidationError, match="insecure: true"):
        read(StoreOptions, store)
    assert read(StoreOptions, store | {"insecure": True}).connect_host == host
    assert read(StoreOptions, store | {"connectHost": "https://c"})
    assert read(StoreOptions, store | {"install": False})


def test_the_uis_password_goes_in_clear_only_where_the_stack_says_so_aloud():
    page = {"exposure": "ingress", "fromNamespaces": ["ingress"]}
    with pytest.raises(ValidationError, match="plainHttp: true"):
        read(PasswordPage, page)
    assert read(PasswordPage, page | {"plainHttp": True}).plain_http
    assert read(PasswordPage, page | {"tlsSecret": "cert"}).tls_secret == "cert"
    assert read(PasswordPage, page | {"enabled": False})
    assert read(Page, page)


def test_snake_case_is_no_second_spelling():
    with pytest.raises(ValidationError):
        read(StoreOptions, {"connect_host": "h", "vault": "v"})


@pytest.mark.parametrize("size", ["", "20", "20G", "0Gi", "1.5Gi", "-1Gi", "20GiB", "all"])
def test_a_scratch_volume_needs_a_size(size):
    with pytest.raises(ValidationError):
        read(DrillOptions, {"size": size})
    assert read(DrillOptions, {"size": "512Mi"}).size == "512Mi"


def test_grafana_finds_a_dashboard_by_the_label_of_its_charts_or_of_the_site():
    assert DashboardOptions().enabled is False
    assert DashboardOptions().labels == {"grafana_dashboard": "1"}
    assert read(DashboardOptions, {"labels": {"a": "b"}}).labels == {"a": "b"}


@pytest.mark.parametrize("labels", [{}, {"grafana_dashboard": 1}, "grafana_dashboard"])
def test_a_dashboard_that_nobody_would_find_is_refused(labels):
    with pytest.raises(ValidationError):
        read(DashboardOptions, {"labels": labels})


@pytest.mark.parametrize("wait", ["soon", "5", "5 m", "-5m"])
def test_a_wait_is_a_time_as_prometheus_writes_it(wait):
    with pytest.raises(ValidationError):
        read(Change, {"wait": wait})
    assert read(Change, {"wait": "1h30m"}).wait == "1h30m"
