"""The login for development, which checks nothing."""

from __future__ import annotations

from community.accounts.errors import LoginCodeInvalid
from community.accounts.platforms.interface import PlatformUser

MAX_SUBJECT_LENGTH = 64


class DevelopmentLogin:
    """A login whose code is the person's id. It is not offered in production."""

    async def exchange_code(self, code: str) -> PlatformUser:
        """Return the code, 1 to 64 printable characters, as the id. Raises LoginCodeInvalid."""
        if not 1 <= len(code) <= MAX_SUBJECT_LENGTH or not code.isprintable():
            raise LoginCodeInvalid(path=("code",))
        return PlatformUser(subject=code)
