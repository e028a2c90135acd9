"""Listening on all addresses of a pod, IPv4 and IPv6."""

import socket

ALL = "::"  # IPv4 too: Linux makes one socket for both, unless it is told otherwise
ALL_OF_IPV4 = "0.0.0.0"  # noqa: S104 - a pod's only address


def anywhere() -> str:
    """Every address of this machine. A kernel without IPv6 has IPv4 alone."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((ALL, 0))
    except OSError:
        return ALL_OF_IPV4
    return ALL


def listener(port: int) -> socket.socket:
    """A socket that listens at every address; asyncio's own, told "::", would leave IPv4 out."""
    address = anywhere()
    both = address == ALL
    family = socket.AF_INET6 if both else socket.AF_INET
    return socket.create_server((address, port), family=family, dualstack_ipv6=both)
