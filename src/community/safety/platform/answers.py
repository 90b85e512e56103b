"""The parts of a text for WeChat, and the judgement of an answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from community.accounts.platforms.calls import parse_number
from community.safety.facts import Verdict
from community.safety.platform.models import CheckReason, PlatformLabel

MAX_PART_LENGTH = 2_500
"""The limit of a call. Code units of UTF-16 are counted, of which no text has fewer than characters."""
OVERLAP_CHARACTERS = 50
"""Characters that two parts share, so that no phrase is hidden by the cut."""

_CLUSTER = regex.compile(r"\X")
_NORMAL = 100
_LABELS = {
    10_001: PlatformLabel.ADVERTISEMENT,
    20_001: PlatformLabel.POLITICS,
    20_002: PlatformLabel.PORNOGRAPHY,
    20_003: PlatformLabel.ABUSE,
    20_006: PlatformLabel.CRIME,
    20_008: PlatformLabel.FRAUD,
    20_012: PlatformLabel.VULGARITY,
    20_013: PlatformLabel.COPYRIGHT,
}
_OK = 0
_NOT_FETCHED = -1_008


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of a check. `reason` is None for PASS, `label` is None unless the reason is LABELLED."""

    verdict: Verdict
    reason: CheckReason | None = None
    label: PlatformLabel | None = None


PASSED = Judgement(Verdict.PASS)


def ask_leader(reason: CheckReason) -> Judgement:
    """Return the judgement that a leader must look, for this reason."""
    return Judgement(Verdict.REVIEW, reason)


def split_text(text: str) -> list[str]:
    """Split a text into parts for one call each. No character that people see is cut."""
    clusters = _CLUSTER.findall(text)
    sizes = [len(cluster.encode("utf-16-le", errors="replace")) // 2 for cluster in clusters]
    parts, start, end, size = [], 0, 0, 0
    while end < len(clusters):
        if size + sizes[end] > MAX_PART_LENGTH and end > start:
            parts.append("".join(clusters[start:end]))
            start = max(start + 1, end - OVERLAP_CHARACTERS)
            size = sum(sizes[start:end])
        size, end = size + sizes[end], end + 1
    return [*parts, "".join(clusters[start:end])] if clusters else []


def judge(answer: Mapping[str, Any]) -> Judgement:
    """Return the judgement of an answer about a text or a picture.

    Only a result "pass" with the normal label passes, and only "risky" is blocked. All else is for a leader.
    """
    code = parse_number(answer.get("errcode"), missing=_OK)
    if code != _OK:
        return ask_leader(CheckReason.NOT_FETCHED if code == _NOT_FETCHED else CheckReason.ODD_ANSWER)
    result = answer.get("result")
    if not isinstance(result, Mapping):
        return ask_leader(CheckReason.ODD_ANSWER)
    suggest, label = result.get("suggest"), parse_number(result.get("label"))
    if suggest in ("risky", "review"):  # any JSON value, of which not all have a hash
        verdict = Verdict.BLOCK if suggest == "risky" else Verdict.REVIEW
        return Judgement(verdict, CheckReason.LABELLED, _name_label(label))
    if suggest != "pass" or label != _NORMAL:
        return ask_leader(CheckReason.ODD_ANSWER)
    return _judge_details(answer.get("detail"))


def _judge_details(detail: object) -> Judgement:
    """Return PASSED unless a strategy does not agree with a result that passes."""
    for item in list_items(detail):
        if not isinstance(item, Mapping) or parse_number(item.get("errcode"), missing=_OK) != _OK:
            return ask_leader(CheckReason.ODD_ANSWER)
        if item.get("suggest", "pass") != "pass":
            return Judgement(Verdict.REVIEW, CheckReason.LABELLED, _name_label(parse_number(item.get("label"))))
    return PASSED


def _name_label(label: int | None) -> PlatformLabel:
    return PlatformLabel.OTHER if label is None else _LABELS.get(label, PlatformLabel.OTHER)


def list_items(value: object) -> list[object]:
    """Return the items of a list, which may also be one object.

    XML gives them below the name `item`, or as one value.
    """
    if isinstance(value, Mapping) and set(value) == {"item"}:
        value = value["item"]
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]
