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


def generate_checked_code() -> str:
    """Return a new code whose last character checks the others. There are 29^7."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH - 1))
    return next(body + last for last in _ALPHABET if is_checked_code(body + last))


def normalise_code(text: str) -> str:
    """Return a typed code in capitals, without spaces, dashes and invisible characters."""
    return str(_NO_PART_OF_CODES.sub("", fold(text))).upper()


def is_code(text: str) -> bool:
    """Return True if `text` has the stored form of a code."""
    return len(text) == CODE_LENGTH and set(text) <= set(_ALPHABET)


def is_checked_code(text: str) -> bool:
    """Return True if `text` has the stored form of a checked code.

    The weights are different and the modulus is a prime. So one wrong character, or two that changed places, always
    show.
    """
    return is_code(text) and sum(n * _ALPHABET.index(c) for n, c in enumerate(text, 1)) % len(_ALPHABET) == 0
