"""The addresses under which this machine reaches itself."""

from pathlib import Path

_IPV6 = Path("/proc/net/if_inet6")  # not there where the kernel has no IPv6
_LOOPBACK = "0" * 31 + "1"

IPV4 = "127.0.0.1"
IPV6 = "::1"
HAS_IPV6 = _IPV6.exists() and _LOOPBACK in _IPV6.read_text()
ADDRESSES = (IPV4, IPV6) if HAS_IPV6 else (IPV4,)
