"""Checks and their verdict, personal data, and the masked text."""

from __future__ import annotations

import pytest

from community.kernel.texts import count_characters
from community.safety.checks import CHECKS, run_checks
from community.safety.facts import AuthorRecord, Facts, Finding, Level, Place, Reason, Verdict
from community.safety.masking import mask
from community.safety.personal_data import check_personal_data

pytestmark = pytest.mark.on_embedded


def blocks(_facts):
    return [Finding(Level.BLOCK, Reason.LISTED_WORD)]


def masks(_facts):
    return [Finding(Level.MASK, Reason.PHONE_NUMBER, Place("text", 0, 1))]


def fails(_facts):
    yield from masks(_facts)
    raise ValueError("broken")


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [((), "PASS"), ((masks,), "PASS"), ((fails,), "REVIEW"), ((blocks, masks), "BLOCK"), ((fails, blocks), "BLOCK")],
)
def test_worst_verdict_counts(checks, verdict):
    screening = run_checks(Facts({"text": "好"}), {check.__name__: check for check in checks})
    assert screening.verdict is Verdict(verdict)
    failed = [finding.figures for finding in screening.findings if finding.reason is Reason.CHECK_FAILED]
    assert failed == [{"check": "fails"}] * (fails in checks)


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        (AuthorRecord(member_days=0, approved=0, refused=0), {Reason.NEW_MEMBER}),
        (AuthorRecord(member_days=0, approved=1, refused=2), set()),
        (AuthorRecord(member_days=90, approved=0, refused=3), {Reason.MANY_REFUSALS}),
    ],
)
def test_record_of_the_author_asks_for_a_view(record, reasons):
    assert {finding.reason for finding in run_checks(Facts({"text": "好"}, author=record)).findings} == reasons


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话 139 1234 5678 晚上打", "电话 *** **** **** 晚上打"),
        ("电话一三九一二三四五六七八。", "电话***********。"),
        ("微信：taozi_1990，谢谢", "微信：**********，谢谢"),
        ("139🍎1234🍎5678", "*" * 13),
        ("两个：13912345678、13987654321", "两个：***********、***********"),
        ("👨‍👩‍👧‍👦1️⃣3️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "👨‍👩‍👧‍👦***********"),
        ("身份证11010519491231002X", "身份证" + "*" * 18),
        ("最后一位不对：110105194912310021", "最后一位不对：110105194912310021"),
        ("没有号码", "没有号码"),
    ],
)
def test_public_text_has_stars_for_personal_data(text, masked):
    shown = mask(text, check_personal_data(Facts({"text": text})), field="text")
    assert shown == masked
    assert count_characters(shown) == count_characters(text)


def test_mask_of_another_field_leaves_the_text():
    findings = list(check_personal_data(Facts({"title": "13912345678"})))
    assert mask("13912345678", findings, field="text") == "13912345678"
    assert mask("13912345678", findings, field="title") == "*" * 11


def test_every_check_takes_hostile_texts():
    text = "".join(map(chr, [*range(0x3000), *range(0xF900, 0x10000), *range(0x1F100, 0x1F700)]))
    findings = run_checks(Facts({"text": text}), CHECKS).findings
    assert Reason.CHECK_FAILED not in {finding.reason for finding in findings}
