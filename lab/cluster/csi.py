"""The storage side: the stand-in driver's environment, the driver, and the three real sidecars."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab import paths
from lab.cluster import sources
from lab.errors import LabError
from lab.images.root import PYTHON
from lab.node import nodeconfig
from lab.node.component import Component
from lab.node.namespaces import NAME
from lab.objects.storage import DRIVER

SOCKET = paths.STATE / "csi" / "csi.sock"
REQUIREMENTS = Path(__file__).with_name("csi-requirements.txt")


def _run(*words: str) -> None:
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    if run.returncode:
        raise LabError(f"{' '.join(words[:4])} failed:\n{(run.stderr or run.stdout)[-1500:]}")


def environment() -> Path:
    """A virtual environment with grpc and the compiled interfaces; made once and cached."""
    specification, kubelet = sources.CSI_SPEC.folder(), sources.KUBELET_API.folder()
    wanted = f"{REQUIREMENTS.read_text()}{specification.name}{kubelet.name}"
    home = paths.CACHE / f"csi-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    if (home / "complete").exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    _run(str(PYTHON), "-m", "venv", str(home))
    python = str(home / "bin" / "python")
    _run(python, "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS))
    protocols = home / "protocols"
    protocols.mkdir()
    registration = kubelet / "pkg" / "apis" / "pluginregistration" / "v1"
    for file in (specification / "csi.proto", registration / "api.proto"):
        out = [f"--python_out={protocols}", f"--grpc_python_out={protocols}"]
        _run(python, "-m", "grpc_tools.protoc", f"-I{file.parent}", *out, str(file))
    (home / "complete").touch()
    return home


def driver(home: Path) -> Component:
    registration = nodeconfig.KUBELET_ROOT / "plugins_registry" / f"{DRIVER}-reg.sock"
    registration.parent.mkdir(parents=True, exist_ok=True)
    SOCKET.parent.mkdir(parents=True, exist_ok=True)
    return Component(
        name="csi-driver",
        command=(
            str(home / "bin" / "python"),
            "-u",
            str(paths.STANDINS / "csi_driver.py"),
            paths.inside(SOCKET),
            paths.inside(SOCKET.parent),
            NAME,
            paths.inside(registration),
        ),
        environment={"PYTHONPATH": str(home / "protocols"), "PYTHONDONTWRITEBYTECODE": "1"},
        ready=SOCKET.is_socket,
    )


def sidecars(tools: Mapping[str, Path]) -> list[Component]:
    """Real programs; each has the rights of its own service account only."""
    address = f"--csi-address={paths.inside(SOCKET)}"

    def program(name: str, *flags: str) -> Component:
        kubeconfig = f"--kubeconfig={paths.INSIDE}/config/{name}.kubeconfig"
        return Component(
            name=name,
            command=(str(tools[name]), kubeconfig, *flags),
            environment={"NODE_NAME": NAME},
        )

    return [
        program("snapshot-controller", "--http-endpoint="),
        program("csi-snapshotter", address, "--http-endpoint=", "--snapshot-name-prefix=snapshot"),
        program("csi-provisioner", address, "--http-endpoint=", "--extra-create-metadata"),
    ]
