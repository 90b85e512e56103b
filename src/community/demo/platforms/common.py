"""What the servers have in common: answers, codes, and how they call people."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

CODE_LIFETIME_S = 300


@dataclass(frozen=True, slots=True)
class FakeResponse:
    """What a server says instead of what it should: an object, or bytes that are none, with a status.

    With `held` it is sent once that event is set.
    """

    body: Any = field(default_factory=dict)
    status: int = 200
    held: threading.Event | None = None


@dataclass(slots=True)
class _LoginCode:
    """A code that was handed out."""

    name: str
    made_at: float
    used: bool = False


class LoginCodes:
    """The codes of one platform: each is good once, for five minutes."""

    def __init__(self) -> None:
        self._known: dict[str, _LoginCode] = {}

    def issue(self, name: str) -> str:
        """A new code for this person."""
        code = secrets.token_hex(16)
        self._known[code] = _LoginCode(name, time.monotonic())
        return code

    def redeem(self, code: str) -> str | None:
        """Whose code it is, once; None for one that is unknown, used or too old."""
        found = self._known.get(code)
        if found is None or found.used or time.monotonic() - found.made_at > CODE_LIFETIME_S:
            return None
        found.used = True
        return found.name

    def was_used(self, code: str) -> bool:
        """Whether it was good once."""
        return code in self._known and self._known[code].used

    def backdate(self, code: str, seconds: float) -> None:
        """Make a code older than it is."""
        self._known[code].made_at -= seconds


def derive_platform_id(platform: str, name: str) -> str:
    """How a platform calls somebody: the same each time, and nothing that anybody could read."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{platform} {name}".encode()).digest())[:28].decode()
