"""Login codes, person ids and responses that the fake platforms share."""

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
    """A response of a platform. `body` is sent as JSON, or unchanged if it is bytes.

    With `held` the response is sent once that event is set.
    """

    body: Any = field(default_factory=dict)
    status: int = 200
    held: threading.Event | None = None


@dataclass(slots=True)
class _LoginCode:
    person: str
    made_at: float
    used: bool = False


class FakePlatform:
    """A platform's login codes and person ids. `key` names the platform.

    A code works once, within five minutes. A person is known by a name that the test or the story gives.
    """

    key: str

    def __init__(self) -> None:
        self._codes: dict[str, _LoginCode] = {}

    def code(self, person: str) -> str:
        """Issue a login code, as the client on the person's phone does."""
        code = secrets.token_hex(16)
        self._codes[code] = _LoginCode(person, time.monotonic())
        return code

    def used_code(self, person: str) -> str:
        """Issue a code that has already been used."""
        code = self.code(person)
        self._redeem(code)
        return code

    def old_code(self, person: str) -> str:
        """Issue a code that has expired."""
        code = self.code(person)
        self._codes[code].made_at -= CODE_LIFETIME_S + 1
        return code

    def openid(self, person: str) -> str:
        """Derive the platform's id of this person."""
        return self._derive_id(person)

    def unionid(self, person: str) -> str:
        """Derive the person's id that one developer's mini-programs share."""
        return self._derive_id(person, " union")

    def _redeem(self, code: str) -> str | None:
        """Use a code and return its person.

        Return None if the code is unknown, used or expired.
        """
        found = self._codes.get(code)
        if found is None or found.used or time.monotonic() - found.made_at > CODE_LIFETIME_S:
            return None
        found.used = True
        return found.person

    def _was_used(self, code: str) -> bool:
        return code in self._codes and self._codes[code].used

    def _derive_id(self, person: str, kind: str = "") -> str:
        digest = hashlib.sha256(f"{self.key}{kind} {person}".encode()).digest()
        return base64.urlsafe_b64encode(digest)[:28].decode()
