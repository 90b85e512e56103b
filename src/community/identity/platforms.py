"""Where people come from: the seam every platform's login goes through.

A platform turns the one-time code that its client handed out into the subject it knows the person by. The subject is
stored, and never leaves the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from community.identity.errors import LoginCodeInvalid
from community.identity.models import Platform
from community.settings import Environment, Settings

SUBJECT_LENGTH = 64


class Login(Protocol):
    """One platform's login."""

    async def subject(self, code: str) -> str:
        """The platform's own id of the person that `code` was handed to. Raises LoginCodeInvalid."""


class DevelopmentLogin:
    """Believes whatever it is told: the code is the subject. It exists outside production only."""

    async def subject(self, code: str) -> str:
        """The code itself, 1 to 64 printable characters."""
        if not 1 <= len(code) <= SUBJECT_LENGTH or not code.isprintable():
            raise LoginCodeInvalid(path=("code",))
        return code


def offered(settings: Settings) -> Mapping[Platform, Login]:
    """The logins that this deployment offers."""
    if settings.environment is Environment.PRODUCTION:
        return {}
    return {Platform.DEVELOPMENT: DevelopmentLogin()}
