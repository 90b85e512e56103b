"""Time to find listed words in a text, beside one regular expression of the same words.

.venv/bin/python tests/benchmarks/words.py --words 50000 --characters 2000
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.safety import forms
from community.safety.checks import CHECKS, run_checks
from community.safety.entries import Word, WordEntries, compute_pattern
from community.safety.facts import Facts
from community.safety.matcher import WordMatcher

LIMIT_MS = 3


def measure(work: Callable[[], object], *, rounds: int = 40) -> float:
    """Return the median of the CPU time in milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return median(times) * 1000


def main() -> None:
    """Print the times and the ratio, and end with 1 if a text takes longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--characters", type=int, default=2_000)
    arguments = parser.parse_args()
    chosen = random.Random(14)
    characters = [chr(code) for code in range(0x4E00, 0x9FA6)]
    words = list({"".join(chosen.choices(characters, k=chosen.randint(2, 6))): None for _ in range(arguments.words)})
    lines = (Path(__file__).parents[1] / "safety" / "corpus.tsv").read_text(encoding="utf-8").splitlines()
    prose = "".join(line.split("\t")[3] for line in lines if "\tclean\t" in line)
    text = (prose * (arguments.characters // len(prose) + 1))[: arguments.characters]
    text = "，".join([text[: -len(words[0]) - 1], words[0]])
    started = time.perf_counter()
    matcher = WordMatcher(WordEntries(tuple(Word(word) for word in words)))
    print(f"{len(words)} words, built in {time.perf_counter() - started:.2f} s; {len(text)} characters")
    pattern = re.compile("|".join(map(re.escape, sorted(map(compute_pattern, words), key=len, reverse=True))))
    found = measure(lambda: matcher.find(text))
    alternation = measure(lambda: pattern.findall(text.translate(forms.LETTERS)), rounds=5)
    print(
        f"all words: {found:.2f} ms; one regular expression: {alternation:.2f} ms; ratio 1 to {alternation / found:.0f}"
    )
    facts = Facts({"text": text}, [matcher])
    for name, check in CHECKS.items():
        print(f"check {name}: {measure(lambda check=check: list(check(facts))):.2f} ms")  # type: ignore[misc]
    print(f"all checks: {measure(lambda: run_checks(facts)):.2f} ms")
    assert len(matcher.find(text).words) == 1
    sys.exit(found > LIMIT_MS)


if __name__ == "__main__":
    main()
