"""Random tokens, of which the database keeps digests alone."""

from __future__ import annotations

import hashlib
import secrets

_TOKEN_BYTES = 32


def generate_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def compute_digest(token: str) -> str:
    """Return the SHA-256 digest of a random token in hex."""
    # A token has 256 random bits and cannot be guessed: it needs no key and no slow digest.
    return hashlib.sha256(token.encode()).hexdigest()
