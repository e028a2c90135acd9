"""Finds each tool on PATH where its version fits, else builds it from its pinned Go module."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent / "tools"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pvc-backup-lab"
LOG_TAIL = 2000  # characters of a failed build worth showing


class ToolError(Exception):
    """A tool could neither be found nor built; the text says which one and why."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One binary of one Go module.

    `seconds` is what a cold build took on 2 cores, for the estimate of the time left.
    `version` makes a copy on PATH tell its version; empty: never taken from PATH.
    """

    name: str
    module: str
    package: str
    pin: str
    seconds: int
    tags: str = ""
    ldflags: str = ""
    version: tuple[str, ...] = ()


def _kubernetes(name: str, seconds: int, version: tuple[str, ...] = ()) -> Tool:
    pin = "1.34.4"
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


def _kyverno(name: str, command: str, seconds: int) -> Tool:
    package = f"github.com/kyverno/kyverno/cmd/{command}"
    stamp = "github.com/kyverno/kyverno/pkg/version.BuildVersion=v1.19.1"
    return Tool(
        name=name,
        module="kyverno",
        package=package,
        pin="1.19.1",
        seconds=seconds,
        ldflags=f"-X {stamp}",
    )


def _snapshotter(name: str, seconds: int) -> Tool:
    package = f"github.com/kubernetes-csi/external-snapshotter/v8/cmd/{name}"
    return Tool(
        name=name, module="external-snapshotter", package=package, pin="8.2.1", seconds=seconds
    )


TOOLS = (
    Tool(
        name="kopia",
        module="kopia",
        package="github.com/kopia/kopia",
        pin="0.23.1",
        seconds=105,
        ldflags="-X github.com/kopia/kopia/repo.BuildVersion=0.23.1",
        version=("--version",),
    ),
    Tool(
        name="etcd",
        module="etcd",
        package="go.etcd.io/etcd/server/v3",
        pin="3.6.16",
        seconds=35,
        version=("--version",),
    ),
    _kubernetes("kube-apiserver", 295),
    _kubernetes("kube-controller-manager", 90),
    _kubernetes("kubelet", 35),
    _kubernetes("kube-scheduler", 7),
    _kubernetes("kube-proxy", 11),
    _kubernetes("kubectl", 15, ("version", "--client")),
    Tool(
        name="coredns",
        module="coredns",
        package="github.com/coredns/coredns",
        pin="1.14.3",
        seconds=120,
        version=("-version",),
    ),
    _kyverno("kyverno", "kyverno", 395),
    _kyverno("kyverno-init", "kyverno-init", 5),
    _kyverno("background-controller", "background-controller", 18),
    _kyverno("cleanup-controller", "cleanup-controller", 12),
    _kyverno("reports-controller", "reports-controller", 12),
    _kyverno("readiness-checker", "readiness-checker", 5),
    _kyverno("kubectl-kyverno", "cli/kubectl-kyverno", 90),
    Tool(
        name="volsync",
        module="volsync",
        package="github.com/backube/volsync/cmd",
        pin="0.16.0",
        seconds=190,
    ),
    _snapshotter("snapshot-controller", 115),
    _snapshotter("csi-snapshotter", 12),
    Tool(
        name="csi-provisioner",
        module="external-provisioner",
        package="github.com/kubernetes-csi/external-provisioner/v5/cmd/csi-provisioner",
        pin="5.3.0",
        seconds=155,
    ),
    Tool(
        name="external-secrets",
        module="external-secrets",
        package="github.com/external-secrets/external-secrets",
        pin="0.16.2",
        seconds=300,
    ),
    Tool(
        name="pulumi",
        module="pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        pin="3.252.0",
        seconds=330,
        tags="osusergo,grpcnotrace",
        ldflags="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.252.0",
        version=("version",),
    ),
    Tool(
        name="pulumi-resource-kubernetes",
        module="pulumi-kubernetes",
        package=".",
        pin="4.25.0",
        seconds=660,
        ldflags="-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=4.25.0",
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}


def same_minor(text: str, pin: str) -> bool:
    """Whether the first version number in `text` has the pin's major and minor."""
    found = re.search(r"(\d+)\.(\d+)\.\d+", text)
    return bool(found) and list(found.groups()) == pin.split(".")[:2]


def on_path(tool: Tool) -> Path | None:
    """The copy on PATH whose version fits, if there is one."""
    path = shutil.which(tool.name) if tool.version else None
    if path is None:
        return None
    run = subprocess.run(
        [path, *tool.version], capture_output=True, text=True, timeout=30, check=False
    )
    return Path(path) if same_minor(run.stdout + run.stderr, tool.pin) else None


def module_key(module: Path) -> str:
    """A short hash of all that a module's build reads of ours."""
    parts = [
        p.read_bytes() for p in sorted(module.iterdir()) if p.suffix in {".mod", ".sum", ".go"}
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def built(tool: Tool) -> Path:
    """Where the built binary lies, whether or not it has been built yet."""
    flags = hashlib.sha256(f"{tool.tags} {tool.ldflags}".encode()).hexdigest()[:4]
    folder = f"{tool.module}-{module_key(MODULES / tool.module)}"
    return CACHE / "tools" / folder / flags / tool.name


def missing(names: Iterable[str]) -> list[Tool]:
    """The tools among `names` that have to be built."""
    wanted = set(names)
    return [
        tool
        for tool in TOOLS
        if tool.name in wanted and not built(tool).exists() and on_path(tool) is None
    ]


@contextmanager
def _only_builder() -> Generator[None]:
    """Two Go builds at once only slow each other, so a second caller waits."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("tools: another build is running, waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool) -> None:
    target = built(tool)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["go", "build", "-trimpath", "-tags", tool.tags]
    command += ["-ldflags", f"-s -w {tool.ldflags}", "-o", f"{target}.new", tool.package]
    run = subprocess.run(
        command,
        cwd=MODULES / tool.module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ToolError(f"{tool.name}: go build failed:\n{run.stderr[-LOG_TAIL:]}")
    Path(f"{target}.new").rename(target)


def ensure(names: Iterable[str] = tuple(BY_NAME)) -> dict[str, Path]:
    """Every named tool as a path, building what is missing, with progress on stderr.

    Raises ToolError when Go is absent or a build fails.
    """
    wanted = list(names)
    if missing(wanted):
        if shutil.which("go") is None:
            raise ToolError(
                "go is not on PATH; install Go 1.26 or newer, it builds the lab's tools"
            )
        with _only_builder():
            todo = missing(wanted)
            for index, tool in enumerate(todo):
                left = sum(later.seconds for later in todo[index:])
                about = f"about {left / 60:.0f} min left from cold caches"
                print(
                    f"tools: [{index + 1}/{len(todo)}] {tool.name} {tool.pin}, {about}",
                    file=sys.stderr,
                    flush=True,
                )
                start = time.monotonic()
                _build(tool)
                took = time.monotonic() - start
                print(f"tools: {tool.name} built in {took:.0f} s", file=sys.stderr, flush=True)
    paths = {}
    for name in wanted:
        tool = BY_NAME[name]
        paths[name] = built(tool) if built(tool).exists() else on_path(tool)
    return {name: path for name, path in paths.items() if path is not None}


def module_source(tool_name: str) -> Path:
    """The unpacked source of a tool's Go module: where its CRDs and charts are read from."""
    tool = BY_NAME[tool_name]
    run = subprocess.run(
        ["go", "list", "-f", "{{.Module.Dir}}", tool.package],
        cwd=MODULES / tool.module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ToolError(f"{tool_name}: cannot find its module's source:\n{run.stderr[-LOG_TAIL:]}")
    return Path(run.stdout.strip())
