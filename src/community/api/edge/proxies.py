"""The caller's address, scheme and host, which a trusted proxy sends in headers.

Anybody can send these headers. So they count only if the connection comes from a configured proxy.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HOST_PATTERN = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
SUBSCRIBER_PREFIX_LENGTH = 64
"""Prefix length of an IPv6 network that one subscriber has at least."""
MAX_KEPT_SUBSCRIBERS = 1_000
_PORT_PATTERN = re.compile(r"\[(.+)\](?::\d+)?|([^:]+):\d+")


def read_proxy_headers(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """Return the request with the address, scheme and host of `X-Forwarded-For`, `-Proto` and `-Host`.

    It stays as it is unless a trusted proxy sent it. The client is the rightmost address that is not a trusted proxy.
    Entries to its left are the client's own claims.
    """
    if not _is_trusted(parse_address((scope.get("client") or ("",))[0]), trusted):
        return scope
    headers = Headers(scope=scope)
    scope = {**scope, "headers": list(scope["headers"])}
    if client := _find_client(",".join(headers.getlist("x-forwarded-for")), trusted):
        scope["client"] = (str(client), 0)
    if (scheme := _get_last(headers, "x-forwarded-proto").lower()) in {"http", "https"}:
        scope["scheme"] = scheme
    if HOST_PATTERN.fullmatch(host := _get_last(headers, "x-forwarded-host")):
        MutableHeaders(scope=scope)["host"] = host
    return scope


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)


def _find_client(forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """Return the client's address, or None if no proxy names a valid one."""
    found = None
    for entry in reversed(forwarded_for.split(",")):
        address = parse_address(entry.strip())
        if address is None:
            break
        found = address
        if not _is_trusted(address, trusted):
            break
    return found


def _get_last(headers: Headers, name: str) -> str:
    """Return the last value of a header. It is the one of the nearest proxy."""
    return ",".join(headers.getlist(name)).rpartition(",")[2].strip()


def parse_address(text: str) -> Address | None:
    """Parse an IP address, with a port or without. Return None if invalid.

    An IPv4 address within IPv6 becomes IPv4.
    """
    if found := _PORT_PATTERN.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=MAX_KEPT_SUBSCRIBERS)
def name_subscriber(client: str) -> str:
    """Return the name for limits of a client: its IPv4 address, or IPv6 network.

    An IPv6 subscriber has a whole network, and could use another address for each request.
    """
    address = parse_address(client)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, SUBSCRIBER_PREFIX_LENGTH), strict=False))
    return client if address is None else str(address)
