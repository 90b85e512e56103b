"""The language of a request.

It is the choice of the person, else the preferred one of `Accept-Language`, else Chinese.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import lru_cache

from community.texts import DEFAULT_LANGUAGE, Language

MAX_HEADER_LENGTH = 1_000
MAX_KEPT_HEADERS = 100
"""Number of different headers whose meaning is kept."""

current_language: ContextVar[Language] = ContextVar("current_language", default=DEFAULT_LANGUAGE)

_RANGE_PATTERN = re.compile(
    r"(?P<tag>\*|[a-z]{1,8}([-_][a-z0-9]{1,8})*)(\s*;\s*q=(?P<quality>0(\.\d{0,3})?|1(\.0{0,3})?))?", re.IGNORECASE
)


def get_language() -> Language:
    """Return the language of the current request, or Chinese outside a request.

    Tasks that a request starts keep its language.
    """
    return current_language.get()


@lru_cache(maxsize=MAX_KEPT_HEADERS)
def negotiate_language(header: str) -> Language:
    """Return the language that an `Accept-Language` header prefers. Regions and scripts are ignored.

    A malformed part is skipped, and `en_US` means `en-US`. Chinese if no part accepts one of our languages, or if the
    header is too long.
    """
    if len(header) > MAX_HEADER_LENGTH:
        return DEFAULT_LANGUAGE
    qualities: dict[str, float] = {}
    for part in filter(None, map(str.strip, header.split(","))):
        found = _RANGE_PATTERN.fullmatch(part)
        if found is None:
            continue
        name = found["tag"].replace("_", "-").partition("-")[0].lower()
        qualities[name] = max(qualities.get(name, 0), float(found["quality"] or 1))
    best, best_quality = DEFAULT_LANGUAGE, 0.0
    for name, quality in qualities.items():
        for language in (DEFAULT_LANGUAGE, *Language):
            is_meant = name == language or (name == "*" and language not in qualities)
            if is_meant and quality > best_quality:
                best, best_quality = language, quality
    return best
