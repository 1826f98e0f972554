"""Hosts and addresses: IP literals only (MGP1-MSG-011), compared by their bytes (chapter 1)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple


class Address(NamedTuple):
    """A host in its one normal spelling, and a UDP port. Two addresses are the same when they are equal."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_LONGEST = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")


def normal_host(literal: str) -> str | None:
    """The normal spelling of an IP literal, `::ffff:a.b.c.d` as `a.b.c.d`; None where it is none."""
    # What is longer is no literal, and would only fill the caches.
    return None if len(literal) > _LONGEST else _normal(literal)


def is_usable_host(literal: str) -> bool:
    """Whether a record may name this host: an IP literal that is one node's address (MGP1-MSG-011)."""
    return len(literal) <= _LONGEST and _is_usable(literal)


@lru_cache(maxsize=8192)
def _normal(literal: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(literal)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None or "%" in literal:
            return None
        mapped = parsed.ipv4_mapped
        return str(parsed if mapped is None else mapped)
    return str(parsed)


@lru_cache(maxsize=8192)
def _is_usable(literal: str) -> bool:
    host = normal_host(literal)
    if host is None:
        return False
    parsed = ipaddress.ip_address(host)
    return not (parsed.is_unspecified or parsed.is_multicast or host == "255.255.255.255")


def address_of(host: str, port: int) -> Address:
    """The address of a host that is known to be an IP literal, as records have it."""
    return Address(normal_host(host) or host, port)


def parse_address(text: str) -> Address:
    """Reads `127.0.0.1:9100` or `[::1]:9100`; raises ValueError with one clear line."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""
    normal = normal_host(host)
    if not colon or normal is None or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:
        raise ValueError(f"`{text}` is no address: IP:PORT or [IPV6]:PORT")
    return Address(normal, int(port))
