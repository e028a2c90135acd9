"""The Debian packages the lab runs on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

NEEDED = (
    "containerd",
    "runc",
    "containernetworking-plugins",
    "iptables",
    "nftables",
    "conntrack",
    "ipset",
    "socat",  # kubectl port-forward
    "iproute2",
    "kmod",
    "openssl",
    "gcc",
    "libc6-dev",
    "pkg-config",
    "nfs-ganesha",
    "nfs-ganesha-vfs",
    "rpcbind",
    "libnfs-dev",
    "libfuse3-dev",
    "fuse3",
    "python3.11",
    "prometheus",  # promtool, for the tests of the alerts
    "chromium",  # for the tests of the pages
    "libfaketime",  # for the tests of wrong clocks
)


# Ours run in the node: the distribution's own services are neither started nor enabled.
SERVICES = {
    "containerd": ("containerd.service",),
    "nfs-ganesha": ("nfs-ganesha.service",),
    "rpcbind": ("rpcbind.service", "rpcbind.socket"),
}
POLICY = Path("/usr/sbin/policy-rc.d")


def absent(listing: str, needed: Iterable[str] = NEEDED) -> list[str]:
    """What is not installed, from `dpkg-query` lines of `name status`."""
    installed = {
        name
        for name, _, status in (line.partition(" ") for line in listing.splitlines())
        if status.strip() == "installed"
    }
    return [name for name in needed if name not in installed]


def install() -> str:
    """Installs what is missing with apt, or says what to install."""
    if shutil.which("dpkg-query") is None:
        raise LabError(f"the lab needs Debian or Ubuntu, with these packages: {' '.join(NEEDED)}")
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"]
    run = subprocess.run(query, capture_output=True, text=True, check=True)
    missing = absent(run.stdout)
    if not missing:
        return "installed"
    print(f"packages: installing {' '.join(missing)}", file=sys.stderr, flush=True)
    with _no_services():
        _apt("update", "-qq")
        _apt("install", "-y", "--no-install-recommends", *missing)
    units = [unit for name in missing for unit in SERVICES.get(name, ())]
    if units and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", *units], capture_output=True, check=False)
    return f"installed {' '.join(missing)}"


@contextmanager
def _no_services() -> Generator[None]:
    """Debian's own switch against starting what gets installed, where nobody has set it."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*words: str) -> None:
    run = subprocess.run(
        ["apt-get", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise LabError(f"apt-get {words[0]} failed:\n{(run.stdout + run.stderr)[-1500:]}")
