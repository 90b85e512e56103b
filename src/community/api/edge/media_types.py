"""Media types as RFC 9110 writes them: what a request says that it is, and what it will take in answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`type/subtype` and its parameters, names in lower case; a wildcard is the star itself."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def essence(self) -> str:
        """The media type without parameters."""
        return f"{self.type}/{self.subtype}"


def parse_media_type(text: str) -> MediaType | None:
    """The media type that `text` is, exactly, or None. Quoted values are unquoted, escapes in them are not known."""
    # Splitting by hand instead of one expression: optional white space around optional parts backtracks for ever.
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


def is_json(text: str) -> bool:
    """Whether a Content-Type is `application/json` in UTF-8 and nothing else."""
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
        """How closely this range means `offer`: 2 by name, 1 by type, 0 by any; -1 if not at all."""
        if self.media.essence == offer:
            return 2
        if self.media.subtype != "*":
            return -1
        if self.media.type == "*":
            return 0
        return 1 if self.media.type == offer.partition("/")[0] else -1


def _parse_range(text: str, order: int) -> _AcceptRange | None:
    """One range of an Accept header; None for what is malformed or asks for another charset than UTF-8."""
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


def negotiate(accept: str | None, offers: Sequence[str]) -> str | None:
    """The offer that `accept` prefers, or None when it takes none of them.

    Quality decides, then being named rather than covered by a wildcard, then the order in the header, then the order
    of `offers`. A missing or empty header takes anything: the first offer.
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
