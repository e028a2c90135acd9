"""The node: own mount, net, pid, uts and ipc namespaces, all ended with its first process."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import paths
from lab.errors import LabError
from lab.node import network
from lab.node.process import Process, child_of, find
from lab.polling import PROCESS, wait_until, wait_until_gone

NAME = "lab-node"
RECORD = paths.STATE / "node.json"
LAYERS = paths.STATE / "layers"
# /etc, /usr/sbin and /var/lib get a layer of the node's own: nothing of it lands on the host.
SETUP = f"""
set -eu
mount --make-rprivate / && mount --make-rshared /
mount -t tmpfs -o mode=755 lab-run /run
mkdir -p {paths.INSIDE} /run/lock /run/rpcbind /run/ganesha
mount --bind "$1" {paths.INSIDE}
for top in etc usr/sbin var/lib; do
  mkdir -p /run/layers/$top /run/work/$top
done
cp -a {paths.INSIDE}/layers/. /run/layers/
for top in etc usr/sbin var/lib; do
  layers="lowerdir=/$top,upperdir=/run/layers/$top,workdir=/run/work/$top"
  mount -t overlay -o "$layers" lab /$top
done
mount --bind {paths.INSIDE}/var-log /var/log
hostname {NAME}
ip link set lo up
ip addr add {network.NODE}/24 dev eth0
ip link set eth0 up
ip route add default via {network.HOST}
echo 1 > /proc/sys/net/ipv4/ip_forward
"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """The processes that hold the namespaces: `keeper` on the host, `first` is pid 1 inside."""

    keeper: Process
    first: Process

    def alive(self) -> bool:
        return self.first.alive()

    def await_end(self) -> None:
        """Returns when it runs on, or is gone where it was killed: its first process goes last."""
        space = Path(f"/proc/{self.first.pid}/ns/ipc")
        if not space.exists():  # it cannot be entered any more
            wait_until_gone("the killed node", self.alive, 60, PROCESS)

    def command(
        self, words: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command line that runs `words` in the node."""
        pairs = [f"{key}={value}" for key, value in (environment or {}).items()]
        enter = ["nsenter", "-t", str(self.first.pid), "-m", "-n", "-p", "-u", "-i", "--"]
        return [*enter, "env", "-C", str(paths.INSIDE), *pairs, *words]

    def run(self, *words: str) -> str:
        """The output of one command in the node; a failure raises LabError."""
        run = subprocess.run(self.command(words), capture_output=True, text=True, check=False)
        if run.returncode:
            raise LabError(f"in the node, {' '.join(words[:3])}: {run.stderr.strip()}")
        return run.stdout


def read() -> Node | None:
    """The node that the state directory records, whether or not it still lives."""
    try:
        record = json.loads(RECORD.read_text())
    except FileNotFoundError:
        return None
    return Node(keeper=Process(**record["keeper"]), first=Process(**record["first"]))


def running() -> Node:
    """The living node; LabError when there is none."""
    node = read()
    if node is None or not node.alive():
        raise LabError("the lab is not up; `python -m lab up` starts it")
    return node


def need_kernel() -> None:
    """Loads the two kernel modules that pods need, where they are not built in."""
    signs = {
        "overlay": lambda: "overlay" in Path("/proc/filesystems").read_text().split(),
        "br_netfilter": Path("/proc/sys/net/bridge").exists,
    }
    for module, is_loaded in signs.items():
        if not is_loaded():
            subprocess.run(["modprobe", module], capture_output=True, check=False)
        if not is_loaded():
            raise LabError(f"the kernel has no {module}; the lab cannot run pods on it")


def create(pause: Path) -> Node:
    """Makes the namespaces, the cable and the node's own view of the file system."""
    need_kernel()
    _forget_sockets()
    (paths.STATE / "var-log").mkdir(exist_ok=True)
    unshare = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
    keeper = subprocess.Popen(
        [*unshare, "--mount-proc", "--propagation", "private", str(pause)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    first = child_of(keeper.pid)
    node = Node(keeper=find(keeper.pid), first=first)
    RECORD.write_text(json.dumps(asdict(node)))
    wait_until("the node's first process", lambda: _runs(first.pid, pause), 5, PROCESS)
    network.lay(first.pid)
    enter = ["nsenter", "-t", str(first.pid), "-m", "-n", "-p", "-u", "-i", "--"]
    run = subprocess.run(
        [*enter, "sh", "-c", SETUP, "sh", str(paths.STATE)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise LabError(f"the node could not be set up: {run.stderr.strip()}")
    return node


def _forget_sockets() -> None:
    """What a killed node left: sockets that nobody answers, and containerd's idea of what runs."""
    shutil.rmtree(paths.STATE / "containerd" / "state", ignore_errors=True)
    for socket in [*paths.STATE.glob("*/*.sock"), *paths.STATE.glob("kubelet/*/*.sock")]:
        socket.unlink()


def _runs(pid: int, program: Path) -> bool:
    """Whether the process has become that program (unshare execs it a moment after the fork)."""
    return os.path.realpath(f"/proc/{pid}/exe") == str(program)


def destroy(node: Node) -> None:
    """Kills everything in the node and waits until it is gone."""
    node.first.kill()
    node.keeper.kill()
