"""Codes that people read aloud and type."""

from __future__ import annotations

import secrets

import regex

from community.kernel.texts import fold

CODE_LENGTH = 8

# No 0/O, 1/I/L, U/V: a code that is read aloud or copied by hand must come out the same.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"

# People paste codes from other applications, with any dash and with characters that they do not see.
_NO_PART_OF_CODES = regex.compile(r"[\p{White_Space}\p{Cf}\p{Dash}]+")


def generate_code() -> str:
    """Return a new code, hard to guess (29^8) and hard to misread."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def normalise_code(text: str) -> str:
    """Return a typed code in capitals, without spaces, dashes and invisible characters."""
    return str(_NO_PART_OF_CODES.sub("", fold(text))).upper()


def is_code(text: str) -> bool:
    """Return True if `text` has the stored form of a code."""
    return len(text) == CODE_LENGTH and set(text) <= set(_ALPHABET)
