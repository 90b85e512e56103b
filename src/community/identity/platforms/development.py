"""The login for development: it believes whatever it is told."""

from __future__ import annotations

from community.identity.errors import LoginCodeInvalid
from community.identity.platforms.proof import Proof

SUBJECT_LENGTH = 64


class DevelopmentLogin:
    """The code is the subject. It exists outside production only."""

    async def proof(self, code: str) -> Proof:
        """The code itself, 1 to 64 printable characters."""
        if not 1 <= len(code) <= SUBJECT_LENGTH or not code.isprintable():
            raise LoginCodeInvalid(path=("code",))
        return Proof(subject=code)
