"""The pinned version of every tool, how it is built, and what is wanted when.

They stand in the order in which they are built: what the cluster starts with first, and beside each
other what shares most of its packages.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One binary of one Go module.

    `seconds` is what a cold build took on 2 cores, for the estimate of the time left.
    `partly` names the module of which `instead` in the tool's folder replaces some files: those
    that would bring in much that the lab has no use for.
    `version` makes a copy on PATH tell its version; empty: never taken from PATH.
    """

    name: str
    module: str
    package: str
    pin: str
    seconds: int
    ldflags: str = ""
    partly: str = ""
    version: tuple[str, ...] = ()


def _kubernetes(name: str, seconds: int, version: tuple[str, ...] = ()) -> Tool:
    pin = "1.34.12"
    stamp = "k8s.io/component-base/version"
    return Tool(
        name=name,
        module="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        pin=pin,
        seconds=seconds,
        version=version,
        ldflags=f"-X {stamp}.gitVersion=v{pin} -X {stamp}.gitMajor=1 -X {stamp}.gitMinor=34",
    )


KYVERNO = "1.19.1"
KOPIA, KOPIA_PACKAGE = "0.23.1", "github.com/kopia/kopia"


def _kyverno(name: str, command: str, seconds: int) -> Tool:
    package = f"github.com/kyverno/kyverno/cmd/{command}"
    stamp = f"github.com/kyverno/kyverno/pkg/version.BuildVersion=v{KYVERNO}"
    return Tool(
        name=name,
        module="kyverno",
        package=package,
        pin=KYVERNO,
        seconds=seconds,
        ldflags=f"-X {stamp}",
    )


def _kopia(name: str, seconds: int, *, partly: str = "", version: tuple[str, ...] = ()) -> Tool:
    return Tool(
        name=name,
        module="kopia",
        package=KOPIA_PACKAGE,
        partly=partly,
        pin=KOPIA,
        seconds=seconds,
        ldflags=f"-X {KOPIA_PACKAGE}/repo.BuildVersion={KOPIA}",
        version=version,
    )


def _snapshotter(name: str, seconds: int) -> Tool:
    package = f"github.com/kubernetes-csi/external-snapshotter/v8/cmd/{name}"
    return Tool(
        name=name, module="external-snapshotter", package=package, pin="8.2.1", seconds=seconds
    )


TOOLS = (
    Tool(
        name="etcd",
        module="etcd",
        package="go.etcd.io/etcd/server/v3",
        pin="3.6.16",
        seconds=41,
        version=("--version",),
    ),
    _kubernetes("kube-apiserver", 177),
    _kubernetes("kube-controller-manager", 48),
    _kubernetes("kubelet", 15),
    _kubernetes("kube-scheduler", 3),
    _kubernetes("kube-proxy", 6),
    _kubernetes("kubectl", 21, ("version", "--client")),
    _snapshotter("snapshot-controller", 3),
    _snapshotter("csi-snapshotter", 3),
    Tool(
        name="csi-provisioner",
        module="external-provisioner",
        package="github.com/kubernetes-csi/external-provisioner/v5/cmd/csi-provisioner",
        pin="5.3.0",
        seconds=9,
    ),
    Tool(
        name="external-secrets",
        module="external-secrets",
        package="github.com/external-secrets/external-secrets",
        partly="github.com/external-secrets/external-secrets",
        pin="0.16.2",
        seconds=12,
    ),
    Tool(
        name="coredns",
        module="coredns",
        package=".",
        pin="1.14.3",
        seconds=45,
        version=("-version",),
    ),
    _kopia("kopia", 43, version=("--version",)),
    # Ours: it writes manifests that kopia would never write.
    Tool(name="kopia-forge", module="kopia", package="./forge", pin=KOPIA, seconds=5),
    # A kopia whose clock can be set, for tests/integration/cli/test_clocks.py and bench/clocks.
    _kopia("kopia-faketime", 15, partly=KOPIA_PACKAGE),
    Tool(
        name="volsync",
        module="volsync",
        package="github.com/backube/volsync/cmd",
        pin="0.16.0",
        seconds=43,
    ),
    _kyverno("kyverno", "kyverno", 154),
    _kyverno("kyverno-init", "kyverno-init", 4),
    _kyverno("background-controller", "background-controller", 8),
    _kyverno("cleanup-controller", "cleanup-controller", 7),
    _kyverno("reports-controller", "reports-controller", 7),
    _kyverno("readiness-checker", "readiness-checker", 1),
    _kyverno("kubectl-kyverno", "cli/kubectl-kyverno", 36),
    Tool(
        name="pulumi",
        module="pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        pin="3.252.0",
        seconds=113,
        ldflags="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.252.0",
        version=("version",),
    ),
    Tool(
        name="pulumi-resource-kubernetes",
        module="pulumi-kubernetes",
        package=".",
        partly="github.com/pulumi/pulumi-kubernetes/sdk/v4",
        pin="4.25.0",
        seconds=25,
        ldflags="-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=4.25.0",
    ),
    Tool(
        name="kube-state-metrics",
        module="kube-state-metrics",
        package="k8s.io/kube-state-metrics/v2",
        pin="2.18.0",
        seconds=5,
    ),
    # Ours, for bench/decision/__main__.py.
    Tool(name="http-limit", module="http-limit", package=".", pin="1.0.0", seconds=1),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
# What the node and its cluster run.
CLUSTER = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kubelet",
    "kube-scheduler",
    "kube-proxy",
    "kubectl",
    "snapshot-controller",
    "csi-snapshotter",
    "csi-provisioner",
    "external-secrets",
    "coredns",
    "kopia",
    "kopia-forge",
)
# What the images hold that `pulumi up` deploys.
DEPLOYED = (
    "kopia",
    "external-secrets",
    "volsync",
    *(t.name for t in TOOLS if t.module == "kyverno"),
)
