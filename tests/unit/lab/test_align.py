"""What several tools are built from is compiled once: each go.mod names the same version of it."""

import re

import pytest

from lab.align import ALL, FAMILIES, OF_KUBERNETES, order, raises
from lab.build import MODULES

# Libraries that most tools use and that much is built upon.
OFTEN = (
    "github.com/prometheus/client_golang",
    "go.opentelemetry.io/otel",
    "golang.org/x/net",
    "golang.org/x/sys",
    "golang.org/x/text",
    "google.golang.org/grpc",
    "google.golang.org/protobuf",
    "k8s.io/api",
    "k8s.io/apimachinery",
    "k8s.io/apiserver",
    "k8s.io/client-go",
    "k8s.io/component-base",
    "k8s.io/kube-openapi",
    "sigs.k8s.io/controller-runtime",
)


def required(module: str) -> dict[str, str]:
    text = (MODULES / module / "go.mod").read_text()
    return dict(re.findall(r"^(?:require)?\s+(\S+) (v\S+)", text.partition("\nreplace")[0], re.M))


@pytest.mark.parametrize("library", OFTEN)
def test_tools_share_what_most_of_them_are_built_from(library):
    for group in FAMILIES if OF_KUBERNETES.match(library) else (ALL,):
        versions = {module: required(module).get(library) for module in group}
        assert len({version for version in versions.values() if version}) <= 1, versions


def test_the_highest_version_wins():
    pins = {"etcd": {"golang.org/x/net": "v0.9.0"}, "kopia": {"golang.org/x/net": "v0.10.0"}}
    assert raises(pins) == [("etcd", "golang.org/x/net", "v0.10.0")]


def test_what_one_tool_alone_uses_is_left_as_it_is():
    assert raises({"etcd": {"a.test/b": "v1.0.0"}, "kopia": {"a.test/c": "v2.0.0"}}) == []


def test_libraries_of_kubernetes_are_alike_within_a_family_only():
    pins = {
        "kubernetes": {"k8s.io/api": "v0.34.12"},
        "external-secrets": {"k8s.io/api": "v0.34.3"},
        "kyverno": {"k8s.io/api": "v0.36.3"},
    }
    assert raises(pins) == [("external-secrets", "k8s.io/api", "v0.34.12")]


def test_a_draft_comes_before_its_version():
    versions = ["v1.2.3", "v1.2.3-0.20260101000000-abcdefabcdef", "v1.10.0", "v2.0.0+incompatible"]
    assert sorted(reversed(versions), key=order) == [versions[1], versions[0], *versions[2:]]
