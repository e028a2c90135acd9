import errno
import socket

import pytest

from contract.listen import ALL, ALL_OF_IPV4, anywhere, listener
from tests import loopback

REAL = socket.socket


def without_ipv6(family: int = socket.AF_INET, *rest: int) -> socket.socket:
    if family == socket.AF_INET6:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
    return REAL(family, *rest)


def test_a_machine_with_ipv6_listens_on_both_kinds_of_address() -> None:
    assert anywhere() == (ALL if loopback.HAS_IPV6 else ALL_OF_IPV4)


def test_a_machine_without_ipv6_still_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", without_ipv6)
    assert anywhere() == ALL_OF_IPV4


@pytest.mark.parametrize("address", loopback.ADDRESSES)
def test_whoever_listens_there_is_reached_at_each_address(address: str) -> None:
    with listener(0) as listening:
        socket.create_connection((address, listening.getsockname()[1]), timeout=5).close()


def test_a_listener_without_ipv6_is_reached_over_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract.listen.anywhere", lambda: ALL_OF_IPV4)
    with listener(0) as listening:
        port = listening.getsockname()[1]
        socket.create_connection((loopback.IPV4, port), timeout=5).close()
