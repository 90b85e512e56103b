"""Access tokens: short-lived JWTs (RFC 7519, HS256) that name a person and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from community.kernel import clock
from community.kernel.errors import Unauthenticated
from community.settings import Settings

ISSUER = "community"
AUDIENCE = "community-api"
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it stops being good."""

    token: str
    expires_at: datetime


def issue(settings: Settings, person_id: int) -> AccessToken:
    """A token for this person, good for the configured time."""
    now = clock.now()
    expires_at = (now + timedelta(seconds=settings.token_lifetime_s)).replace(microsecond=0)
    claims = {"sub": str(person_id), "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": expires_at}
    return AccessToken(jwt.encode(claims, settings.token_secret.get_secret_value(), ALGORITHM), expires_at)


def person_id(settings: Settings, token: str) -> int:
    """Who the token names. Raises Unauthenticated when it is not one of ours or no longer good."""
    try:
        claims = jwt.decode(
            token,
            settings.token_secret.get_secret_value(),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["sub", "iss", "aud", "iat", "nbf", "exp"]},
        )
        return int(claims["sub"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("The access token is not good any more. Log in again.") from error
