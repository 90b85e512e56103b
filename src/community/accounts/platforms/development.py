"""The login for development: it believes whatever it is told."""

from __future__ import annotations

from community.accounts.errors import LoginCodeInvalid
from community.accounts.platforms.interface import PlatformUser

MAX_SUBJECT_LENGTH = 64


class DevelopmentLogin:
    """The code is the subject. It exists outside production only."""

    async def exchange_code(self, code: str) -> PlatformUser:
        """The code itself, 1 to 64 printable characters."""
        if not 1 <= len(code) <= MAX_SUBJECT_LENGTH or not code.isprintable():
            raise LoginCodeInvalid(path=("code",))
        return PlatformUser(subject=code)
