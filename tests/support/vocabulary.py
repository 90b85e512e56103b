"""The words of the house style: verbs that a docstring may begin with, and words that none may use."""

from __future__ import annotations

import re
from pathlib import Path

VERBS = frozenset(Path(__file__).with_name("verbs.txt").read_text().split())
"""Verbs in the imperative. Add a standard verb of the field to `verbs.txt` when a docstring needs it."""

BANNED = {
    r"deeds?": "operation, action or entry",
    r"anew": "again",
    r"any more": "no longer",
    r"at once": "immediately",
    r"whoever": "name the subject",
    r"whatever": "name the thing",
    r"lets? go|letting go|let go of": "release or remove",
    r"goes on|go on": "continues",
    r"the one (?:who|that|which)": "name the thing",
    r"theirs": "name the owner",
    r"wards?": "dependant",
    r"pardons?|pardoned": "unban",
    r"is told|are told|was told": "is notified or receives",
    r"in the way of": "blocks",
    r"owes?|owed": "debt",
    r"leftovers?": "name the data",
    r"mended?|mends": "repair",
    r"thanked|thanks people": "award points",
    r"begun": "started",
    r"nobody|somebody": "no person, a person",
    r"by heart|for keeps|of old": "a literal phrase",
}
"""What docstrings, comments and descriptions do not say, and what to write instead."""

OPENINGS = re.compile(r"(?:What|Who|Whoever|Whose|Whether|As `|Nothing|Whatever|How)\b")
"""Beginnings of a docstring that name no action and no thing."""
