"""Whose address it is: limits count a whole IPv6 network as one, since its owner can use any part of it."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

_PREFIX = 64
_LOOPBACK = IPv6Address("::1")


def find_network(address: str) -> str:
    """What limits count an address by: itself for IPv4, its /64 for IPv6, IPv4 inside IPv6 as IPv4.

    Zones are left out; the server's own `::1`, and what is no address, stay as they are.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    number = int(parsed)
    return str(_LOOPBACK) if number == int(_LOOPBACK) else str(IPv6Network((number, _PREFIX), strict=False))
