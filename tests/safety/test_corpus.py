"""The corpus of Chinese texts: how many are found, and how many of those found should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from community.safety.checks import run_checks
from community.safety.entries import Word, parse_lines
from community.safety.facts import Facts, Level
from community.safety.matcher import WordMatcher

pytestmark = pytest.mark.on_embedded

FOLDER = Path(__file__).parent
PASS = "PASS"
LEVELS = [PASS, *Level]


@dataclass
class Example:
    held: bool
    kind: str
    expected: str
    text: str


def read_corpus() -> list[Example]:
    lines = (FOLDER / "corpus.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [Example(part == "held", kind, level, text.replace("\\n", "\n")) for part, kind, level, text in rows]


def load_words() -> WordMatcher:
    entries, faults = parse_lines((FOLDER / "words.csv").read_text(encoding="utf-8").splitlines(), default=Word(""))
    assert faults == []
    return WordMatcher(entries)


def test_corpus_has_the_promised_texts():
    corpus = read_corpus()
    kinds = Counter(example.kind for example in corpus)
    assert len({example.text for example in corpus}) == len(corpus) >= 400
    assert kinds["harmless"] >= 60
    assert sum(example.held for example in corpus) >= 100


@pytest.mark.parametrize("held", [False, True], ids=["tuned", "held"])
def test_corpus_is_found_with_few_errors(held):
    matcher = load_words()
    right = wrong = missed = 0
    faults = []
    for example in read_corpus():
        if example.held != held:
            continue
        findings = run_checks(Facts({"text": example.text}, [matcher])).findings
        found = max((finding.level for finding in findings), key=LEVELS.index, default=PASS)
        right += found == example.expected != PASS
        wrong += found not in {PASS, example.expected}
        missed += example.expected not in {PASS, found}
        if found != example.expected:
            faults.append(f"{example.text!r}: {found} instead of {example.expected}")
    recall, precision = right / (right + missed), right / (right + wrong)
    figures = f"recall {recall:.3f}, precision {precision:.3f} of {right + missed} texts with findings"
    print(figures, *faults, sep="\n")  # noqa: T201 - shown with `-s`
    assert recall >= 0.98, faults
    assert precision >= 0.95, faults
