"""Listed words: places, exceptions, several lists, and limits."""

from __future__ import annotations

import pytest

from community.safety.checks import run_checks
from community.safety.entries import Word, WordEntries, parse_lines
from community.safety.facts import Facts, Level, Reason, Verdict
from community.safety.matcher import MAX_MATCHES, WordMatcher

pytestmark = pytest.mark.on_embedded


def build(*words: str | Word, exceptions: tuple[str, ...] = ()) -> WordMatcher:
    listed = tuple(word if isinstance(word, Word) else Word(word) for word in words)
    return WordMatcher(WordEntries(listed, exceptions))


def find(text: str, *matchers: WordMatcher) -> list[tuple[str, str]]:
    """Return the reason and the words at each place."""
    findings = run_checks(Facts({"text": text}, matchers)).findings
    return [
        (finding.reason.value, text[finding.place.start : finding.place.end])
        for finding in findings
        if finding.place is not None
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("前面有字，阿 瓜 丸。", "阿 瓜 丸"),
        ("👨‍👩‍👧‍👦阿👨‍👩‍👧‍👦瓜👨‍👩‍👧‍👦丸后面", "阿👨‍👩‍👧‍👦瓜👨‍👩‍👧‍👦丸"),
        ("㎏㎏ 阿瓜丸㎏", "阿瓜丸"),
        ("ａ　gua　WAN！", "ａ　gua　WAN"),
        ("吃阿\u200b瓜\ufe0f丸吧", "阿\u200b瓜\ufe0f丸"),
    ],
)
def test_place_is_that_of_the_original_text(text, place):
    assert find(text, build(Word("阿瓜丸", by_sound=True))) == [("LISTED_WORD", place)]


@pytest.mark.parametrize("text", ["阿，瓜丸", "阿瓜。丸", "阿瓜\n丸", "xa gua wan", "阿" + "好" * 3 + "瓜丸"])
def test_parts_of_two_clauses_are_no_word(text):
    assert find(text, build(Word("阿瓜丸", by_sound=True))) == []


@pytest.mark.parametrize("text", ["bamboo", "101", "1011", "a bad wink", "bad win", "好10"])
def test_part_of_a_latin_word_is_no_word(text):
    assert find(text, build("bam", "lol", "adwin", "好1")) == []


def test_exception_hides_only_the_word_inside_it():
    matcher = build("传销", "传销组织", exceptions=("宣传销",))
    assert find("宣传销售，传销", matcher) == [("LISTED_WORD", "传销")]
    # The longer word reaches beyond the exception.
    assert find("宣传销组织", build("传销组织", exceptions=("宣传销",))) != []


def test_exception_of_a_community_leaves_the_operators_words():
    operator, community = build("废物"), build("垃圾", exceptions=("废物利用", "最牛小区"))
    assert find("废物利用", operator, community) == [("LISTED_WORD", "废物")]
    assert find("最牛小区", operator, community) == []
    assert find("最牛小区", operator) == [("ABSOLUTE_CLAIM", "最")]


def test_longest_word_of_a_list_counts():
    matcher = build(Word("刷单", Level.MASK), Word("刷单返利", Level.BLOCK))
    assert find("刷单返利", matcher) == [("LISTED_WORD", "刷单返利")]


def test_too_many_words_ask_for_a_view():
    nested = build(*("啊" * length for length in range(1, 41)))
    screening = run_checks(Facts({"text": "啊，" * 2 * MAX_MATCHES}, [nested]))
    assert screening.verdict is Verdict.REVIEW
    assert Reason.TOO_MANY_WORDS in {finding.reason for finding in screening.findings}
    assert len(screening.findings) == MAX_MATCHES + 1


def test_lines_report_faults_and_repetitions():
    lines = [
        "# comment", "", "代开发票, block, fraud, sound initials", "代開發票", "坏,LEVEL", "\ud800坏", "a",
        "好abc,MASK,x,sound", "短词,,,initials", "词,MASK,x,loud", "a,b,c,d,e", "!好词", "!好词", "词" * 41,
    ]  # fmt: skip
    entries, faults = parse_lines(lines, default=Word("", Level.MASK, "imported"))
    assert entries.words == (Word("代开发票", Level.BLOCK, "fraud", by_sound=True, by_initials=True),)
    assert entries.exceptions == ("好词",)
    assert [fault.number for fault in faults] == [4, 5, 6, 7, 8, 9, 10, 11, 13, 14]
    assert [(fault.number, fault.repeats) for fault in faults if fault.repeats] == [(4, 3), (13, 12)]
    assert WordEntries.from_json(entries.as_json()) == entries
