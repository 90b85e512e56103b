"""Codes of coupons as people export them from spreadsheets, as pure rules.

Each line of the file is read by itself, so that a missing quotation mark spoils one line. A first line with a known
word is the header, and names the column of the codes. Without a header each line has one cell.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from community.kernel.errors import InvalidInput

MAX_LINES = 5_000
MAX_CODE_LENGTH = 200

HEADERS = (
    "code", "codes", "couponcode", "vouchercode", "码", "券码", "卡券码", "优惠码", "优惠券码", "兑换码", "激活码",
    "卡密", "coupon", "coupons", "voucher", "vouchers", "卡券", "优惠券", "卡号",
)  # fmt: skip
"""Words of a header over the codes, without spaces and in lower case. The earliest one counts."""

_LINE_END = re.compile(r"\r\n|\r|\n")
# Spreadsheets keep leading zeros as a formula, and round long numbers.
_FORMULA = re.compile(r'="(.*)"')
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_LOST = "\ufffd"
"""The character that a client reads for one that it cannot decode, such as one in GBK."""
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


class CouponFault(StrEnum):
    """Fault of a line."""

    EMPTY = "EMPTY"
    UNREADABLE = "UNREADABLE"
    SEVERAL_CELLS = "SEVERAL_CELLS"
    TOO_LONG = "TOO_LONG"
    NOT_PRINTABLE = "NOT_PRINTABLE"
    ROUNDED = "ROUNDED"
    REPEATED = "REPEATED"
    KNOWN = "KNOWN"


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that is not taken, by its number from 1."""

    line: int
    fault: CouponFault


@dataclass(frozen=True, slots=True)
class ReadCodes:
    """Codes with the numbers of their lines, and the faulty lines, both in order."""

    codes: dict[str, int]
    faulty: list[FaultyLine]


def read_codes(text: str) -> ReadCodes:
    """Return the codes of a CSV text. Raises InvalidInput for none or too many lines."""
    lines = _LINE_END.split(text.lstrip(_INVISIBLE))  # Before a quotation mark they would make it a part of the code.
    while lines and not _clean(lines[-1].strip(',;"')):
        lines.pop()
    if not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput("coupon_lines", min=1, max=MAX_LINES, actual=len(lines), path=("csv",))
    delimiter = next((mark for mark in ",;\t，；" if mark in lines[0]), ",")
    column = _find_column(_split(lines[0], delimiter) or [])
    read = ReadCodes({}, [])
    for number, line in enumerate(lines, start=1):
        if number == 1 and column is not None:
            continue
        found = _read_line(line, delimiter, column)
        if isinstance(found, CouponFault):
            read.faulty.append(FaultyLine(number, found))
        elif found in read.codes:
            read.faulty.append(FaultyLine(number, CouponFault.REPEATED))
        else:
            read.codes[found] = number
    return read


def _find_column(cells: Sequence[str]) -> int | None:
    """Return the position of the codes if the cells are a header, or None."""
    words = ["".join(_clean(cell).lower().replace("_", " ").replace("-", " ").split()) for cell in cells]
    known = [(HEADERS.index(word), position) for position, word in enumerate(words) if word in HEADERS]
    return min(known)[1] if known else None


def _read_line(line: str, delimiter: str, column: int | None) -> str | CouponFault:
    cells = _split(line, delimiter)
    if cells is None:
        return CouponFault.UNREADABLE
    if column is None:
        filled = [cell for cell in cells if _clean(cell)]
        if len(filled) > 1:
            return CouponFault.SEVERAL_CELLS
        cell = filled[0] if filled else ""
    else:
        cell = cells[column] if column < len(cells) else ""
    return _check(_clean(cell))


def _split(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line, or None if it is no CSV."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return None


def _clean(cell: str) -> str:
    """Return a cell in NFKC, without what a spreadsheet adds."""
    text = _strip(unicodedata.normalize("NFKC", cell))
    if formula := _FORMULA.fullmatch(text):
        text = formula[1]
    return _strip(text.removeprefix("'"))


def _strip(text: str) -> str:
    while (stripped := text.strip().strip(_INVISIBLE)) != text:
        text = stripped
    return text


def _check(code: str) -> str | CouponFault:
    if not code:
        return CouponFault.EMPTY
    if len(code) > MAX_CODE_LENGTH:
        return CouponFault.TOO_LONG
    if code.count('"') % 2:  # the rest of a cell that began in another line
        return CouponFault.UNREADABLE
    if not code.isprintable() or _LOST in code:
        return CouponFault.NOT_PRINTABLE
    return CouponFault.ROUNDED if _ROUNDED.fullmatch(code) else code
