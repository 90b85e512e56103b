"""Media types of RFC 9110, for Content-Type and Accept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"
MAX_KEPT_HEADERS = 100
"""Number of different headers whose meaning is kept. The clients of one kind send the same."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`type/subtype` and its parameters, with names in lower case. A wildcard is `*`."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def essence(self) -> str:
        """Media type without parameters."""
        return f"{self.type}/{self.subtype}"


def parse_media_type(text: str) -> MediaType | None:
    """Parse a media type. Return None if it is not valid.

    Quoted values are unquoted. Escapes in them are not supported.
    """
    # Split by hand. A regular expression with optional parts can backtrack for very long.
    essence, *rest = text.split(";")
    kind, slash, subtype = essence.strip(" \t").partition("/")
    if not slash or not _TOKEN.fullmatch(kind) or not _TOKEN.fullmatch(subtype):
        return None
    parameters = []
    for part in rest:
        if not part.strip(" \t"):
            continue
        name, equals, value = part.strip(" \t").partition("=")
        if len(value) >= 2 and value[0] == value[-1] == '"':  # noqa: PLR2004 - the two quotes
            value = value[1:-1]
        if not equals or not _TOKEN.fullmatch(name) or not _TOKEN.fullmatch(value):
            return None
        parameters.append((name.lower(), value))
    return MediaType(kind.lower(), subtype.lower(), tuple(parameters))


@lru_cache(maxsize=MAX_KEPT_HEADERS)
def is_json(text: str) -> bool:
    """Return True if a Content-Type is `application/json` in UTF-8."""
    media = parse_media_type(text)
    if media is None or media.essence != JSON:
        return False
    return all(name == "charset" and value.lower() == "utf-8" for name, value in media.parameters)


@dataclass(frozen=True, slots=True)
class _AcceptRange:
    media: MediaType
    quality: float
    order: int

    def specificity(self, offer: str) -> int:
        """Return 2 if matched by name, 1 by type, 0 by wildcard, else -1."""
        if self.media.essence == offer:
            return 2
        if self.media.subtype != "*":
            return -1
        if self.media.type == "*":
            return 0
        return 1 if self.media.type == offer.partition("/")[0] else -1


def _parse_range(text: str, order: int) -> _AcceptRange | None:
    """Parse one range of an Accept header. Return None if it is malformed or not UTF-8."""
    media = parse_media_type(text)
    if media is None:
        return None
    quality = "1"
    for name, value in media.parameters:
        if name == "q":
            quality = value
        elif name == "charset" and value.lower() != "utf-8":
            return None
    if not _QUALITY.fullmatch(quality):
        return None
    return _AcceptRange(media, float(quality), order)


@lru_cache(maxsize=MAX_KEPT_HEADERS)
def negotiate(accept: str | None, offers: tuple[str, ...]) -> str | None:
    """Return the offer that an Accept header prefers, or None if it accepts none.

    The quality decides first, then a match by name before a wildcard, then the order in the header, then the order of
    `offers`. A missing or empty header accepts the first offer.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = [found for order, part in enumerate(accept.split(",")) if (found := _parse_range(part, order))]
    best: tuple[float, int, int] | None = None
    chosen = None
    for offer in offers:
        matching = [(entry.specificity(offer), -entry.order, entry.quality) for entry in ranges]
        specificity, order, quality = max(matching, default=(-1, 0, 0.0))
        rank = (quality, specificity, order)
        if specificity >= 0 and quality > 0 and (best is None or rank > best):
            best, chosen = rank, offer
    return chosen
