"""Gives the libraries that several tools use one version, so that each is compiled once.

Go shares a compiled package between two modules only where it and everything below it has the same
version. The libraries of Kubernetes differ too much between its minors for one version, so they are
alike within a family; all other libraries are alike everywhere. The highest version wins.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping

from lab.build import MODULES, SHARED
from lab.pins import TOOLS

Pins = Mapping[str, Mapping[str, str]]  # module of ours -> module of others -> version
FAMILIES = (
    frozenset(
        {
            "external-provisioner",
            "external-secrets",
            "external-snapshotter",
            "kube-state-metrics",
            "kubernetes",
            "pulumi-kubernetes",
        }
    ),
    frozenset({"coredns", "kyverno", "volsync"}),
)
ALL = frozenset(tool.module for tool in TOOLS)
# What the libraries of Kubernetes expect in just the version that they were written with.
OF_KUBERNETES = re.compile(
    r"(k8s\.io|sigs\.k8s\.io|cel\.dev|go\.etcd\.io|github\.com/(antlr4-go|evanphx/json-patch))/"
    r"|gopkg\.in/evanphx/|github\.com/google/(cel-go|gnostic-models)\b"
)
# What a tool's own code needs in just one version: VolSync's Syncthing uses a part of QUIC that has
# gone since, the CSI sidecars one of the tracing of gRPC, Pulumi's provider an older Pulumi.
APART = {
    "github.com/pulumi/pulumi/pkg/v3",
    "github.com/pulumi/pulumi/sdk/v3",
    "github.com/quic-go/quic-go",
    "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc",
}
TURNS = 9  # a raise can bring in others, which settle after two or three


def order(version: str) -> tuple[int, int, int, bool, str]:
    """What sorts versions: a draft of one comes before it."""
    number, _, draft = version.lstrip("v").partition("+")[0].partition("-")
    major, minor, patch = map(int, number.split("."))
    return major, minor, patch, not draft, draft


def raises(pins: Pins) -> list[tuple[str, str, str]]:
    """What has to be raised: the module of ours, the library, the version."""
    bumps = []
    for group in (*FAMILIES, ALL):
        by_library: dict[str, dict[str, str]] = {}
        for module in sorted(group & pins.keys()):
            for library in pins[module].keys() - APART:
                version = pins[module][library]
                if bool(OF_KUBERNETES.match(library)) == (group is not ALL):
                    by_library.setdefault(library, {})[module] = version
        for library, versions in by_library.items():
            highest = max(versions.values(), key=order)
            bumps += [(m, library, highest) for m, v in versions.items() if v != highest]
    return bumps


def _go(module: str, *words: str) -> str:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    return subprocess.run(
        ["go", *words],
        cwd=MODULES / module,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def used(module: str) -> dict[str, str]:
    """The libraries that the module's tools are built from, as its go.mod requires them."""
    packages = [tool.package for tool in TOOLS if tool.module == module]
    shape = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}"
    lines = _go(module, "list", *SHARED, "-deps", "-f", shape, *packages).splitlines()
    return dict(line.split() for line in lines if line)


def align(modules: Iterable[str] = sorted(ALL)) -> None:
    """Raises until nothing is left to raise; prints each."""
    names = list(modules)
    for _ in range(TURNS):
        wanted = raises({module: used(module) for module in names})
        if not wanted:
            return
        for module, library, version in wanted:
            _go(module, "mod", "edit", f"-require={library}@{version}")
            print(f"{module}: {library} {version}", flush=True)
    sys.exit("align: the versions do not settle")


if __name__ == "__main__":
    align()
