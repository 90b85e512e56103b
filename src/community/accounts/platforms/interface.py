"""The interface of a platform's login."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlatformUser:
    """A person as a platform knows them. Its representation shows no id."""

    subject: str = field(repr=False)
    """The platform's own id of the person."""
    union: str | None = field(default=None, repr=False)
    """The id of the person in all applications of one owner, None if the platform gives none."""
    session_key: str | None = field(default=None, repr=False)


class PlatformLogin(Protocol):
    """The login of a platform."""

    async def exchange_code(self, code: str) -> PlatformUser:
        """Return the person to whom the platform gave the code.

        A code is valid once. Raises LoginCodeInvalid, LoginBlocked, PlatformBusy, PlatformUnavailable.
        """
