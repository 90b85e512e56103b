"""What a platform proves, and what a login is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlatformUser:
    """Who a code was handed to. Nothing of it is shown when it is printed."""

    subject: str = field(repr=False)
    """The platform's own id of the person."""
    union: str | None = field(default=None, repr=False)
    """The id by which it knows the person in all applications of one owner, when it says so."""
    session_key: str | None = field(default=None, repr=False)


class PlatformLogin(Protocol):
    """One platform's login."""

    async def exchange_code(self, code: str) -> PlatformUser:
        """Who the code was handed to. Raises LoginCodeInvalid, LoginBlocked, PlatformBusy, PlatformUnavailable."""
