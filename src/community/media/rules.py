"""Limits, names and alternative texts of pictures, as pure rules."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from community.kernel.texts import normalise_text

MAX_COMMUNITY_MEGABYTES = 100_000
"""Size of all pictures that a community's submissions use."""
MEGABYTE = 1_048_576
MAX_ATTEMPTS = 4
"""Number of attempts to process a picture. After as many deaths of the process it is refused."""
UNUSED_RETENTION = timedelta(days=1)
INCOMING_RETENTION = timedelta(hours=1)
"""Time after which an uploaded file that no picture waits for is deleted."""
MAX_ALT_TEXT_LENGTH = 200
POLL_MS = 1_000

_NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


def generate_name() -> str:
    """Return a random name of 22 characters. Its 128 bits cannot be guessed."""
    return secrets.token_urlsafe(16)


def is_name(text: str) -> bool:
    """Return True if a text has the form of such a name."""
    return _NAME_PATTERN.fullmatch(text) is not None


def normalise_alt_text(text: str | None) -> str | None:
    """Return the alternative text of a picture in NFC, or None.

    It describes the picture for people who cannot see it. Raises InvalidInput unless it has 1 to 200 characters.
    """
    return None if text is None else normalise_text(text, max_length=MAX_ALT_TEXT_LENGTH, path=("altText",))
