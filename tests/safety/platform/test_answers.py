"""The parts of a text for WeChat, and the judgement of answers."""

from __future__ import annotations

import pytest

from community.safety.facts import Verdict
from community.safety.platform.answers import MAX_PART_LENGTH, OVERLAP_CHARACTERS, PASSED, Judgement, judge, split_text
from community.safety.platform.models import CheckReason, PlatformLabel

FAMILY = "👨‍👩‍👧‍👦"


def make_answer(suggest="pass", label=100, *detail, **more):
    return {"errcode": 0, "result": {"suggest": suggest, "label": label}, "detail": list(detail), **more}


def ask_leader(reason, label=None):
    return Judgement(Verdict.REVIEW, reason, label)


def labelled(verdict, label):
    return Judgement(verdict, CheckReason.LABELLED, label)


ODD = ask_leader(CheckReason.ODD_ANSWER)
FRAUD = {"strategy": "keyword", "errcode": 0, "suggest": "risky", "label": 20008}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (make_answer(), PASSED),
        (make_answer(label="100"), PASSED),
        ({"result": {"suggest": "pass", "label": 100}}, PASSED),
        (make_answer(detail=""), PASSED),
        (make_answer("pass", 100, {"strategy": "keyword", "errcode": "0"}), PASSED),
        (make_answer(detail={"item": [{"suggest": "pass"}]}), PASSED),
        (make_answer("risky", 20002), labelled(Verdict.BLOCK, PlatformLabel.PORNOGRAPHY)),
        (make_answer("risky", "10001"), labelled(Verdict.BLOCK, PlatformLabel.ADVERTISEMENT)),
        (make_answer("review", 20001), labelled(Verdict.REVIEW, PlatformLabel.POLITICS)),
        (make_answer("risky", 99999), labelled(Verdict.BLOCK, PlatformLabel.OTHER)),
        (make_answer("risky", None), labelled(Verdict.BLOCK, PlatformLabel.OTHER)),
        (make_answer("pass", 100, FRAUD), labelled(Verdict.REVIEW, PlatformLabel.FRAUD)),
        (make_answer(detail=FRAUD), labelled(Verdict.REVIEW, PlatformLabel.FRAUD)),
        (make_answer(detail={"item": FRAUD}), labelled(Verdict.REVIEW, PlatformLabel.FRAUD)),
        (make_answer("pass", 100, {"errcode": -1}), ODD),
        (make_answer(detail=["text"]), ODD),
        (make_answer("pass", 20002), ODD),
        (make_answer("pass", None), ODD),
        (make_answer("PASS"), ODD),
        (make_answer(""), ODD),
        (make_answer(["risky"]), ODD),
        (make_answer(errcode=-1), ODD),
        (make_answer(errcode="odd"), ODD),
        (make_answer(result="pass"), ODD),
        ({"isrisky": 0, "status_code": 0}, ODD),
        ({"errcode": -1008, "detail": []}, ask_leader(CheckReason.NOT_FETCHED)),
        ({"errcode": "-1008", "detail": ""}, ask_leader(CheckReason.NOT_FETCHED)),
    ],
)
def test_answer_has_its_judgement(answer, expected):
    assert judge(answer) == expected


def test_short_text_is_one_part():
    assert split_text("红烧肉") == ["红烧肉"]


def test_empty_text_has_no_part():
    assert split_text("") == []


@pytest.mark.parametrize("text", ["红烧肉" * 2_000, FAMILY * 700, "a" + "😀" * 3_000, "é" * MAX_PART_LENGTH])
def test_parts_cut_no_character(text):
    parts = split_text(text)
    assert all(len(part.encode("utf-16-le")) // 2 <= MAX_PART_LENGTH for part in parts)
    assert all(part in text and (not text.startswith(FAMILY) or len(part) % len(FAMILY) == 0) for part in parts)


def test_parts_overlap():
    text = "".join(chr(0x4E00 + number) for number in range(6_000))
    first, second, third = split_text(text)
    assert first[-OVERLAP_CHARACTERS:] == second[:OVERLAP_CHARACTERS]
    assert first + second[OVERLAP_CHARACTERS:] + third[OVERLAP_CHARACTERS:] == text
