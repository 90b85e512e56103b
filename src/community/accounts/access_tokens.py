"""Access tokens, which are short-lived JWTs (RFC 7519, HS256).

A token holds the ids of a person and a session alone.

`kid` names the secret that signed. A secret is rotated without a logout: every process accepts the new secret before
any signs with it, and the old one stays accepted until its last token has expired (docs/operations.md).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import jwt

from community.kernel import clock
from community.kernel.errors import Unauthenticated
from community.settings import Settings

ISSUER = "community"
AUDIENCE = "community-api"
ALGORITHM = "HS256"
MAX_CLOCK_SKEW_S = 30
"""Difference between the clocks of the machines that is allowed."""
_KEY_ID_LENGTH = 16
_MAX_TOKEN_LENGTH = 2_048
_MAX_ID = 2**63 - 1
MAX_KEPT_TOKENS = 4_096
"""Number of verified tokens that a process keeps. The session of a token is still read at each request."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and the time of its expiry."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Bearer:
    """The person and the session that a token names."""

    person_id: int
    session_id: int


@lru_cache(maxsize=64)
def derive_key_id(secret: str) -> str:
    """Return the public name of a secret, which does not reveal it."""
    return hashlib.sha256(f"community kid {secret}".encode()).hexdigest()[:_KEY_ID_LENGTH]


def _list_accepted_secrets(settings: Settings) -> tuple[str, ...]:
    return tuple(secret.get_secret_value() for secret in (settings.token_secret, *settings.token_secrets_accepted))


def issue(settings: Settings, bearer: Bearer) -> AccessToken:
    """Return a token for the bearer that is valid for `token_lifetime_s`."""
    now = clock.now()
    expires_at = (now + timedelta(seconds=settings.token_lifetime_s)).replace(microsecond=0)
    claims = {
        "sub": str(bearer.person_id), "sid": str(bearer.session_id), "iss": ISSUER, "aud": AUDIENCE,
        "iat": now, "nbf": now, "exp": expires_at,
    }  # fmt: skip
    secret = settings.token_secret.get_secret_value()
    return AccessToken(jwt.encode(claims, secret, ALGORITHM, headers={"kid": derive_key_id(secret)}), expires_at)


def verify(settings: Settings, token: str, *, now_s: float | None = None) -> Bearer:
    """Return the bearer that a token names. Raises Unauthenticated if it is not ours or has expired.

    A valid token is verified once and kept until its expiry.
    """
    try:
        if len(token) > _MAX_TOKEN_LENGTH:
            raise jwt.DecodeError
        bearer, expires_at = _decode(_list_accepted_secrets(settings), token)
        if expires_at <= (time.time() if now_s is None else now_s):
            raise jwt.ExpiredSignatureError
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Unauthenticated("access_token") from error
    return bearer


@lru_cache(maxsize=MAX_KEPT_TOKENS)
def _decode(secrets: tuple[str, ...], token: str) -> tuple[Bearer, int]:
    """Return the bearer and the end of a token that is valid now. Only valid ones are kept."""
    kid = jwt.get_unverified_header(token).get("kid")
    # `kid` is only looked up among the known names. It is never used as a path or an address.
    secret = next((each for each in secrets if derive_key_id(each) == kid), None)
    if secret is None:
        raise jwt.InvalidTokenError
    claims = jwt.decode(
        token,
        secret,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=MAX_CLOCK_SKEW_S,
        options={"require": ["sub", "sid", "iss", "aud", "iat", "nbf", "exp"]},
    )
    return Bearer(_parse_id(claims["sub"]), _parse_id(claims["sid"])), int(claims["exp"]) + MAX_CLOCK_SKEW_S


def _parse_id(claim: str) -> int:
    number = int(claim)
    if not 0 < number <= _MAX_ID:
        raise ValueError(claim)
    return number
