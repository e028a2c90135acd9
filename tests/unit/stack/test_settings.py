"""Bad stack configuration: one message, every wrong key, no value."""

import pulumi
import pytest

from contract.scope import ALWAYS_EXCLUDED
from stack.settings import TOKEN as KEY
from stack.settings import load
from tests.unit.stack.stacks import PREFIX, ROOT, TOKEN, defaults, minimal, stack, wire

PROJECT = PREFIX.removesuffix(":")


def _load(values, *, token=TOKEN, is_secret=True):
    texts = {f"{PREFIX}{key}": text for key, text in {**wire(values), **token}.items()}
    secret_keys = [f"{PREFIX}{key}" for key in token] if is_secret else []
    pulumi.runtime.set_all_config(texts, secret_keys)
    return load(PROJECT)


def _problems(values, **more):
    with pytest.raises(pulumi.RunError) as caught:
        _load(values, **more)
    first, *rest = str(caught.value).splitlines()
    assert first == "The stack's settings are wrong:"
    return dict(line.strip().split(": ", 1) for line in rest)


@pytest.mark.parametrize("path", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_committed_stack_loads(path):
    assert _load(stack(path)).repository.server


def test_production_has_the_values_that_its_users_know():
    settings = _load(stack(ROOT / "Pulumi.prod.yaml"))
    assert settings.repository.server == "192.168.10.133"
    assert settings.repository.path == "/mnt/BigTank/k8s/volsync-kopia-nfs"
    assert settings.repository.injected
    assert settings.plumber.replicas >= 2
    assert settings.storage.snapshot_capable == ("longhorn",)


def test_one_message_names_every_wrong_key_and_no_value():
    values = minimal(
        image="sentinel",
        repository={"server": "sentinel/x", "path": "/p"},
        plumber={"replicas": 0},
        schedule={"window": "sentinel"},
        excludedNamespaces=["Sentinel_"],
        kyverno={"replicas": {"admission": "sentinel"}},
        storage={"snapshotClass": "sentinel"},
        kopiaUI={},
        alerts="sentinel",
        dashboard={"labels": "sentinel"},
    )
    problems = _problems(values, token={})
    assert set(problems) == {
        "alerts",
        "dashboard.labels",
        "excludedNamespaces.0",
        "image",
        "kopiaUI",
        "kyverno.replicas.admission",
        "plumber.replicas",
        "repository",
        "schedule.window",
        "secretStoreToken",
        "storage.snapshotCapable",
    }
    assert "sentinel" not in str(problems).lower()


@pytest.mark.parametrize(
    ("values", "key", "text"),
    [
        (
            {"alerts": {"namespaces": ["ok", "No_"]}},
            "alerts",
            "namespaces.1 must be a namespace name",
        ),
        (
            {"audit": {"fromNamespaces": ["No_"]}},
            "audit",
            "fromNamespaces.0 must be a namespace name",
        ),
        (
            {"audit": {"gateway": {"name": "g", "namespace": "No_"}}},
            "audit.gateway",
            "namespace must be a namespace name",
        ),
        (
            {"audit": {"gateway": {"name": "", "namespace": "g"}}},
            "audit.gateway.name",
            "String should have at least 1 character",
        ),
        ({"mover": {"unreadableFiles": "No_"}}, "mover.unreadableFiles", "'fail' or 'warn'"),
        ({"mover": {"maxJobs": 0}}, "mover.maxJobs", "greater than or equal to 1"),
        ({"cluster": {"domain": "No_."}}, "cluster.domain", "must be a domain name"),
        ({"cluster": {"apiServer": {"ports": [0]}}}, "cluster.apiServer", "ports must be numbers"),
        (
            {"cluster": {"apiServer": {"addresses": ["No_"]}}},
            "cluster.apiServer",
            "addresses must be addresses",
        ),
        ({"mover": 3}, "mover", "dictionary"),
        ({"mover": {"isolation": "No_"}}, "mover.isolation", "'system' or 'namespace'"),
        (
            {"mover": {"inNamespaces": ["ok", "No_"]}},
            "mover",
            "inNamespaces.1 must be a namespace name",
        ),
        (
            {"mover": {"resources": {"limits": {"cpu": "No_"}}}},
            "mover.resources.limits",
            "cpu must be an amount above zero such as 500m",
        ),
        (
            {"mover": {"tolerations": [{"operator": "Exists"}, {"key": "No_"}]}},
            "mover.tolerations.1",
            "key must be a taint's key",
        ),
        ({"mover": {"priorityClass": "No_"}}, "mover", "priorityClass must be the name"),
        ({"schedule": {"window": 0}}, "schedule.window", "greater than or equal to 1"),
        (
            {"alerts": {"rules": {"BackupLate": {"threshold": -1}}}},
            "alerts.rules.BackupLate.threshold",
            "greater than 0",
        ),
    ],
)
def test_what_a_component_asks_for_is_told_by_the_key_of_the_stack(values, key, text):
    problems = _problems(minimal(**values))
    assert list(problems) == [key]
    assert text in problems[key]
    assert "No_" not in str(problems)


def test_an_empty_stack_is_told_what_it_needs():
    assert set(_problems(defaults())) == {
        "image",
        "repository.path",
        "repository.server",
        "secretStore",
        "storage.snapshotCapable",
        "storage.snapshotClass",
    }


def test_a_token_in_clear_is_refused_and_not_printed():
    problems = _problems(minimal(), is_secret=False)
    assert set(problems) == {KEY}
    assert TOKEN[KEY] not in str(problems)


def test_a_store_that_is_already_there_needs_no_token():
    settings = _load(minimal(secretStore={"install": False}), token={})
    assert settings.secret_store.install is False


def test_the_token_never_enters_the_settings():
    assert TOKEN[KEY] not in repr(_load(minimal()))


@pytest.mark.parametrize("image", ["registry.test/x", "registry.test:5000/x", "x:latest"])
def test_an_image_that_could_change_under_us_is_refused(image):
    assert set(_problems(minimal(image=image))) == {"image"}


@pytest.mark.parametrize("image", ["r.test/x:1", "r.test:5000/x@sha256:" + "0" * 64])
def test_a_tag_or_a_digest_is_accepted(image):
    assert _load(minimal(image=image)).image == image


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(zone):
    assert set(_problems(minimal(timezone=zone))) == {"timezone"}


def test_a_stack_can_only_add_to_the_excluded_namespaces():
    settings = _load(minimal(excludedNamespaces=["argocd"]))
    assert set(settings.excluded) == {*ALWAYS_EXCLUDED, "argocd"}


@pytest.mark.parametrize("name", ["storage", "kopia-movers", "volsync-system"])
def test_movers_cannot_be_kept_in_a_namespace_where_nothing_is_backed_up(name):
    values = minimal(excludedNamespaces=["storage"], mover={"inNamespaces": ["shop", name]})
    (text,) = _problems(values).values()
    assert text == "mover.inNamespaces.1 is excluded from backup"


def test_an_exposed_web_page_needs_a_domain():
    ui = {"exposure": "ingress", "fromNamespaces": ["ingress"], "tlsSecret": "cert"}
    assert set(_problems(minimal(kopiaUi=ui))) == {"stack"}
    assert _load(minimal(kopiaUi=ui, domain="example.test")).domain == "example.test"


def test_text_that_is_not_json_is_a_wrong_type_and_no_crash():
    assert set(_problems(minimal(repository="{broken"))) == {"repository"}


def test_maintenance_in_the_window_of_daily_backups_is_refused():
    repository = minimal()["repository"] | {"maintenance": "30 2 * * *"}
    (text,) = _problems(minimal(repository=repository)).values()
    assert "outside the daily backups' window" in text


@pytest.mark.parametrize(
    ("values", "key", "meant"),
    [
        ({"kopiaUI": {}}, "kopiaUI", "kopiaUi"),
        ({"secretstoretoken": "x"}, "secretstoretoken", KEY),
        ({"plumber": {"replica": 2}}, "plumber.replica", "replicas"),
        ({"kyverno": {"replicas": {"admision": 2}}}, "kyverno.replicas.admision", "admission"),
        ({"kopiaUi": {"gateway": {"nmae": "g"}}}, "kopiaUi.gateway.nmae", "name"),
        ({"mover": {"tolerations": [{"keyy": "x"}]}}, "mover.tolerations.0.keyy", "key"),
        (
            {"alerts": {"rules": {"BackupLate": {"treshold": 3}}}},
            "alerts.rules.BackupLate.treshold",
            "threshold",
        ),
    ],
)
def test_a_mistyped_key_is_told_which_one_was_meant(values, key, meant):
    problems = _problems(minimal(**values))
    assert problems[key] == f"there is no such key; did you mean {meant}?"


def test_a_key_like_no_other_is_told_which_ones_there_are():
    problems = _problems(minimal(plumber={"colour": "sentinel"}))
    assert problems == {"plumber.colour": "there is no such key; there are replicas"}
