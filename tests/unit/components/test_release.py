import pulumi
import pytest

from components.release import HOOK, Chart, ChartArgs, ChartSource, install, release, without_hooks
from tests.unit.stack.recording import record

PIN = Chart(name="stub", repository="https://charts.test/", version="1.2.3")


def _release(chart):
    def build():
        release(
            "r",
            chart,
            release_name="stub",
            namespace="here",
            values={"a": {"b": 1}},
            opts=pulumi.ResourceOptions(),
        )

    return record(build).one("r").inputs


def test_a_release_is_pinned_named_and_rolled_back_as_a_whole():
    made = _release(PIN)
    assert made["chart"] == "stub"
    assert made["version"] == "1.2.3"
    assert made["repositoryOpts"] == {"repo": "https://charts.test/"}
    assert made["name"] == "stub"
    assert made["namespace"] == "here"
    assert made["values"] == {"a": {"b": 1}}
    assert made["atomic"] is True
    assert made["skipAwait"] is False
    assert made["createNamespace"] is False


def test_a_folder_has_neither_repository_nor_version():
    made = _release(PIN.from_source(ChartSource(path="charts/stub")))
    assert made["chart"] == "charts/stub"
    assert "repositoryOpts" not in made
    assert "version" not in made


def test_a_mirror_keeps_the_pinned_version_unless_told_otherwise():
    mirror = PIN.from_source(ChartSource(repository="https://mirror.test/"))
    assert mirror == Chart(name="stub", repository="https://mirror.test/", version="1.2.3")
    assert PIN.from_source(ChartSource(version="9")).version == "9"
    assert PIN.from_source(ChartSource()) == PIN


@pytest.mark.parametrize("makes_release", [True, False])
@pytest.mark.parametrize("makes_namespace", [True, False])
def test_namespace_and_release_are_each_made_only_where_asked_for(makes_release, makes_namespace):
    args = ChartArgs(
        install=makes_release,
        create_namespace=makes_namespace,
        chart=PIN,
        image_registry="",
        capabilities=None,
    )

    def build():
        parent = pulumi.ComponentResource("t:t:T", "parent")
        install(parent, "c", args, release_name="stub", namespace="here", values={})

    made = record(build)
    names = {item.name for item in made.resources} - {"parent"}
    wanted = {"c-release": makes_release, "c-namespace": makes_namespace}
    assert names == {name for name, is_asked_for in wanted.items() if is_asked_for}
    if makes_release and makes_namespace:
        assert "c-namespace" in made.needs("c-release")


def test_a_hook_of_helm_never_becomes_an_object():
    hook = {"kind": "Job", "metadata": {"annotations": {HOOK: "pre-delete"}}}
    plain = {"kind": "Job", "metadata": {"name": "n"}}
    for manifest in (hook, plain):
        without_hooks(manifest, pulumi.ResourceOptions())
    assert hook == {"apiVersion": "v1", "kind": "List", "items": []}
    assert plain == {"kind": "Job", "metadata": {"name": "n"}}
