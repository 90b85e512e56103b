"""Numbers that identify a person or a card, by their check digits. Pure."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10x98765432"
_PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
_TAIWAN_LETTERS = "abcdefghjklmnpqrstuvxywzio"
"""Letters of Taiwan's identity numbers in the order of their values, which begin with 10."""
_CARD_LENGTHS = (
    (("62", "81"), range(16, 20)),
    (("4", "51", "52", "53", "54", "55", "35"), range(16, 17)),
    (("34", "37"), range(15, 16)),
)
_FIRST_YEAR = 1880


def is_identity_number(number: str) -> bool:
    """Return True for an identity number of the mainland (GB 11643). Its x is small."""
    if len(number) != 18 or not number[:17].isdigit() or int(number[:2]) not in _PROVINCES:  # noqa: PLR2004 - the standard
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return born.year >= _FIRST_YEAR and number[17] == _CHECK_DIGITS[total % 11]


def is_hong_kong_identity(letters: str, digits: str, check: str) -> bool:
    """Return True for an identity number of Hong Kong, with small letters."""
    values = [36, *(ord(letter) - ord("a") + 10 for letter in letters)][-2:]
    values += [int(digit) for digit in digits]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + (10 if check == "a" else int(check))) % 11 == 0


def is_taiwan_identity(number: str) -> bool:
    """Return True for an identity number of Taiwan: a small letter and nine digits."""
    value = _TAIWAN_LETTERS.index(number[0]) + 10
    digits = [value // 10, value % 10, *(int(digit) for digit in number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


def is_bank_card(number: str) -> bool:
    """Return True for a card number with a known issuer and check digit (Luhn)."""
    if not any(number.startswith(prefixes) and len(number) in lengths for prefixes, lengths in _CARD_LENGTHS):
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0
