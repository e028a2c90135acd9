"""Addresses on the pages: well-formed, encrypted, and each host spelled in one way. No network."""

import re
from urllib.parse import urlsplit

import pytest

from tests.project.pages.snippet import PAGES, ROOT

ADDRESS = re.compile(r"\w+://[^\s`<>\"'()]*[^\s`<>\"'().,:;]")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
INSIDE = re.compile(r"localhost|[a-z0-9.-]+\.svc")  # this machine, and a Service of the cluster
ADDRESSES = {
    f"{path.relative_to(ROOT)}: {address}": address
    for path in PAGES
    for address in ADDRESS.findall(path.read_text())
}


def complaint(address: str) -> str:
    """What is wrong with it, or nothing."""
    parts = urlsplit(address)
    if INSIDE.fullmatch(parts.hostname or ""):
        return ""
    if parts.scheme != "https":
        return "is not https"
    return "" if HOST.fullmatch(parts.netloc) else "has a host that is not plainly spelled"


def spelled_twice(addresses: list[str]) -> set[str]:
    """Hosts that also stand there with `www.`."""
    hosts = {urlsplit(address).netloc for address in addresses}
    return {host for host in hosts if f"www.{host}" in hosts}


@pytest.mark.parametrize("place", ADDRESSES)
def test_an_address_is_well_formed(place):
    assert complaint(ADDRESSES[place]) == ""


def test_a_host_is_spelled_in_one_way():
    assert spelled_twice(list(ADDRESSES.values())) == set()


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://git.example.org/a.git", ""),
        ("http://localhost:8080/", ""),
        ("http://pvc-plumber.volsync-system.svc/readyz", ""),
        ("http://git.example.org/a", "is not https"),
        ("https://Git.example.org/a", "has a host that is not plainly spelled"),
        ("https://me@git.example.org/a", "has a host that is not plainly spelled"),
        ("https://git/a", "has a host that is not plainly spelled"),
    ],
)
def test_what_is_wrong_is_told(address, wrong):
    assert complaint(address) == wrong


def test_a_page_is_read_as_it_is_written():
    text = 'See [it](https://a.example.org/x#y), <https://b.example.org>. "http://c.svc/z".'
    addresses = ["https://a.example.org/x#y", "https://b.example.org", "http://c.svc/z"]
    assert ADDRESS.findall(text) == addresses
    assert spelled_twice(["https://a.org/x", "https://www.a.org/y"]) == {"a.org"}
