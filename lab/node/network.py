"""The cable between host and node; its mark keeps anything else from being taken for ours."""

import ipaddress
import json
import subprocess
from collections.abc import Iterable, Mapping

from lab import paths
from lab.errors import LabError

LINK = "pvclab0"
HOST = "172.30.0.1"
NODE = "172.30.0.2"
NETWORK = ipaddress.ip_network("172.30.0.0/24")
SERVICES = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
PODS = "10.244.0.0/24"
MARK = f"pvc-backup-lab {paths.STATE}"


def ip(*words: str) -> str:
    """Runs the `ip` command on the host."""
    run = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if run.returncode:
        raise LabError(f"ip {' '.join(words)}: {run.stderr.strip()}")
    return run.stdout


def conflict(links: Iterable[Mapping], routes: Iterable[Mapping], mark: str = MARK) -> str:
    """Why the cable cannot be laid beside these links and routes (`ip -json`); empty if it can."""
    for link in links:
        if link["ifname"] == LINK and link.get("ifalias") != mark:
            owner = link.get("ifalias") or "something else"
            return f"the interface {LINK} exists and belongs to {owner}; remove it first"
    for route in routes:
        if route["dst"] == "default" or route.get("dev") == LINK:
            continue
        if ipaddress.ip_network(route["dst"], strict=False).overlaps(NETWORK):
            return f"the lab's network {NETWORK} is in use: {route['dst']} on {route.get('dev')}"
    return ""


def _links() -> list[dict]:
    return json.loads(ip("-details", "-json", "link", "show"))


def is_ours() -> bool:
    """Whether the interface exists and carries our mark."""
    return any(link["ifname"] == LINK and link.get("ifalias") == MARK for link in _links())


def check() -> None:
    """Raises LabError where an interface or a route of someone else is in the way."""
    problem = conflict(_links(), json.loads(ip("-4", "-json", "route", "show")))
    if problem:
        raise LabError(problem)


def lay(first_pid: int) -> None:
    """Makes the pair of interfaces; the node's end is its eth0."""
    remove()
    ip("link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", str(first_pid))
    ip("link", "set", LINK, "alias", MARK)
    ip("addr", "add", f"{HOST}/24", "dev", LINK)
    ip("link", "set", LINK, "up")


def remove() -> None:
    """Takes the interface away if it is ours."""
    if not is_ours():
        return
    try:
        ip("link", "del", LINK)
    except LabError:
        # It goes by itself a moment after its other end, with the namespace of a killed node.
        if is_ours():
            raise
