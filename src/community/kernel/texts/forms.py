"""Stored forms of texts, and the characters that they may have."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

import regex

from community.kernel.errors import InvalidInput
from community.kernel.texts.directions import close_directions, has_direction_controls

MAX_MARKS = 4
"""Largest number of combining marks in a row (UTS 39, section 5.4). Invisible characters between them do not count."""
MAX_PARTS = 16
"""Largest number of code points of one character. The longest emoji has eleven, a family with skin tones."""
_EXTRA_CODE_POINTS = 160
"""Code points that a text may have beyond twice its length. Twenty emoji of families fit into a nickname."""

_LINE_BREAKS = regex.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_CLUSTER = regex.compile(r"\X")
# All properties are those of `regex`, so the answer is the same under each version of Python.
# Controls, halves of a surrogate pair, private-use and unassigned characters have no meaning for other people.
# Blocks of emoji have a property for characters that are assigned later.
_MEANINGLESS = r"\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}[\p{Cn}--\p{Extended_Pictographic}]"
_FORBIDDEN = regex.compile(rf"[{_MEANINGLESS}]", regex.V1)
_FORBIDDEN_IN_LINES = regex.compile(rf"[[{_MEANINGLESS}]--[\n\t]]", regex.V1)
BLANK = r"\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFC\U00013430-\U00013442\U00016FE4\U0001D159"
"""Characters of a regular expression's set that show nothing and are no spaces.

Beside the ignorable ones these are the braille blank, marks of annotations and objects, controls and blanks of
hieroglyphs, the Khitan filler and the null note head.
"""
_INK = regex.compile(rf"[[^\p{{C}}\p{{M}}\p{{Z}}]--[{BLANK}]]|\p{{Extended_Pictographic}}", regex.V1)
_MARK = r"[\p{Mn}\p{Me}]"
# Each of these is a visible character by itself, or a space. Most texts have no other, and checking them takes long.
_PLAIN = r" -~\u3001-\u3029\u4e00-\u9fa5\uff01-\uff5e"
PLAIN_LINE, PLAIN_LINES = re.compile(f"[{_PLAIN}]+"), re.compile(rf"[{_PLAIN}\n]+")
_MARKS = regex.compile(rf"(?:{_MARK}[[\p{{Cf}}\p{{Mc}}{BLANK}]--{_MARK}]*+){{{MAX_MARKS + 1}}}", regex.V1)


def normalise_text(text: str, *, max_length: int, path: tuple[str, ...]) -> str:
    """Return a text of one line in NFC, without surrounding space.

    Raises InvalidInput with `path` unless it then has 1 to `max_length` characters, all of which can be shown, and at
    least one of which can be seen. Controls of direction are refused.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) <= max_length and PLAIN_LINE.fullmatch(text):
        return text
    if has_direction_controls(text):
        raise InvalidInput("direction", path=path)
    return _validate(text, max_length=max_length, path=path, forbidden=_FORBIDDEN, plain=PLAIN_LINE)


def normalise_multiline_text(text: str, *, max_length: int, path: tuple[str, ...]) -> str:
    """Return a text of several lines in NFC, without surrounding space.

    Lines are separated by a line feed. A direction that a line opens ends with the line. Raises InvalidInput with
    `path` unless it then has 1 to `max_length` characters, all of which can be shown, and one of which can be seen.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) <= max_length and PLAIN_LINES.fullmatch(text):
        return text  # no line of it has a direction
    text = "\n".join([close_directions(line) for line in _LINE_BREAKS.sub("\n", text).split("\n")])
    # An end of a direction that was dropped may have stood beside a space, or between a character and its mark.
    text = unicodedata.normalize("NFC", text).strip()
    return _validate(text, max_length=max_length, path=path, forbidden=_FORBIDDEN_IN_LINES, plain=PLAIN_LINES)


def count_characters(text: str) -> int:
    """Return the number of characters that people see."""
    return sum(1 for _ in _CLUSTER.finditer(text))


def build_excerpt(text: str, *, max_length: int) -> str:
    """Return the beginning of a text on one line. A cut ends with …, and with the end of each open direction."""
    clusters = _CLUSTER.finditer(" ".join(text.split()))
    shown = [match.group() for match in islice(clusters, max_length + 1)]
    if len(shown) <= max_length:
        return close_directions("".join(shown))
    return close_directions("".join(shown[: max_length - 1]).rstrip() + "…")


def _validate(
    text: str, *, max_length: int, path: tuple[str, ...], forbidden: regex.Pattern[str], plain: re.Pattern[str]
) -> str:
    if len(text) <= max_length and plain.fullmatch(text):
        return text
    # The bound on code points comes first, because counting is slow.
    bound = 2 * max_length + _EXTRA_CODE_POINTS
    clusters = [] if len(text) > bound else _CLUSTER.findall(text)
    length = len(clusters) or len(text)
    if not 1 <= length <= max_length:
        raise InvalidInput("length", min=1, max=max_length, actual=length, path=path)
    if forbidden.search(text):
        raise InvalidInput("characters", path=path)
    if not _INK.search(text):
        raise InvalidInput("invisible", path=path)
    if _MARKS.search(text):
        raise InvalidInput("marks", path=path, max=MAX_MARKS)
    largest = max(map(len, clusters))
    if largest > MAX_PARTS:
        raise InvalidInput("parts", path=path, max=MAX_PARTS, actual=largest)
    return text
