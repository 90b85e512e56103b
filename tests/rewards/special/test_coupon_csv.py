"""CSV texts of codes, as people export them."""

from __future__ import annotations

import pytest

from community.kernel.errors import InvalidInput
from community.rewards.special.coupon_csv import MAX_CODE_LENGTH, MAX_LINES, CouponFault, read_codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A1\nB2", ["A1", "B2"]),
        ("\ufeff券码\r\nA1\r\nB2\r\n\r\n", ["A1", "B2"]),
        ("面额,Coupon-Code\n10,A1\n20,B2\n,,\n", ["A1", "B2"]),
        ("卡号;卡密\n1;A1\n2;B2", ["A1", "B2"]),
        ('"A1"\r"B2"\r', ["A1", "B2"]),
        ("\u3000A1\u3000\n\u00a0Ｂ２\u200b", ["A1", "B2"]),
        ('="0012"\n"=""0013"""\n\'0014\n0015\t', ["0012", "0013", "0014", "0015"]),
        ("A1\t\nB2\t", ["A1", "B2"]),
        ('\ufeff"code"\r\n"A1"\r\n', ["A1"]),
        ('\ufeff"A1"\r\n "B2"\r\n', ["A1", "B2"]),
        ('name, code\nx, "A1"', ["A1"]),
        ("券码，备注\nA1，x", ["A1"]),
        ('code\n"a ""b"", c"', ['a "b", c']),
        ("A 1\na1\nA1", ["A 1", "a1", "A1"]),
    ],
)
def test_exported_forms_are_read(text, codes):
    read = read_codes(text)
    assert (list(read.codes), read.faulty) == (codes, [])


def test_each_faulty_line_is_reported_with_its_number():
    lines = {
        2: ("A1", None), 3: ("", CouponFault.EMPTY), 4: ("A1", CouponFault.REPEATED),
        5: ("x" * (MAX_CODE_LENGTH + 1), CouponFault.TOO_LONG), 6: ("a\x07b", CouponFault.NOT_PRINTABLE),
        7: ("a\u200bb", CouponFault.NOT_PRINTABLE), 8: ('"A2', CouponFault.UNREADABLE),
        9: ("6.92123E+12", CouponFault.ROUNDED), 10: ("\u3000", CouponFault.EMPTY), 11: ("B2", None),
        12: ("a\0b", CouponFault.NOT_PRINTABLE), 13: ("\ud800", CouponFault.NOT_PRINTABLE),
        14: ('rest"', CouponFault.UNREADABLE), 15: ("ȯ\ufffd\ufffd", CouponFault.NOT_PRINTABLE),
    }  # fmt: skip
    read = read_codes("code\n" + "\n".join(text for text, _ in lines.values()))
    assert read.codes == {"A1": 2, "B2": 11}
    assert {each.line: each.fault for each in read.faulty} == {n: fault for n, (_, fault) in lines.items() if fault}


def test_cells_without_header_are_not_guessed():
    assert [each.fault for each in read_codes("A1,10\nB2,10").faulty] == [CouponFault.SEVERAL_CELLS] * 2


@pytest.mark.parametrize("text", ["", " \n,\n", "A\n" * (MAX_LINES + 1)])
def test_none_or_too_many_lines_are_refused(text):
    with pytest.raises(InvalidInput):
        read_codes(text)
