"""Signed tokens, which have a short payload and an expiry.

    token = signing.sign(secrets, "export links", "17", expires_at=…)     "17.1767225600.9fX…"
    signing.verify(secrets, "export links", token, now=…)                 Signed("17", …), or None
    signing.derive_tokens(secrets, "refresh tokens", text)                one token per secret, not reversible

`secrets` are the accepted ones, the current one first (`sealing.list_secrets`). The first one signs, any of them
verifies, so that a secret can be rotated. A weak one is accepted to unseal only, and verifies nothing. Each purpose has
its own key (HKDF): a token of one purpose is not valid for another. A payload is signed, not encrypted: everyone can
read it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from community.kernel import sealing
from community.setting_values import is_weak

_SIGNATURE_BYTES = 16
"""128 bits cannot be guessed, and keep the addresses of pictures short."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The verified content of a token."""

    payload: str
    expires_at: datetime


def sign(secrets: Sequence[str], purpose: str, payload: str, *, expires_at: datetime) -> str:
    """Return a URL-safe token for `payload`, which must be URL-safe ASCII.

    The expiry is kept in whole seconds, rounded down. The same arguments give the same token.
    """
    text = f"{payload}.{int(expires_at.timestamp())}"
    return f"{text}.{_compute_signature(secrets[0], purpose, text)}"


def verify(secrets: Sequence[str], purpose: str, token: str, *, now: datetime) -> Signed | None:
    """Return the content of a token, or None if forged or expired."""
    text, _, signature = token.rpartition(".")
    if not token.isascii():
        return None
    strong = (secret for secret in secrets if not is_weak(secret))
    if not any(hmac.compare_digest(_compute_signature(secret, purpose, text), signature) for secret in strong):
        return None
    payload, _, expires = text.rpartition(".")
    expires_at = datetime.fromtimestamp(int(expires), UTC)
    return Signed(payload, expires_at) if now < expires_at else None


def derive_tokens(secrets: Sequence[str], purpose: str, text: str) -> list[str]:
    """Return one token per secret, derived from `text`, the current secret's first.

    A token has 256 bits and is URL-safe. It does not reveal `text`.
    """
    return [_encode(_compute_digest(secret, purpose, text)) for secret in secrets]


def _compute_signature(secret: str, purpose: str, text: str) -> str:
    return _encode(_compute_digest(secret, purpose, text)[:_SIGNATURE_BYTES])


def _compute_digest(secret: str, purpose: str, text: str) -> bytes:
    return hmac.digest(sealing.derive_key(secret, purpose), text.encode(), "sha256")


def _encode(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
