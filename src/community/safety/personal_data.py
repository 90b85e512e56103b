"""The check for personal data: telephone, identity and card numbers, and contact ids. The public does not see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from community.safety import identifiers
from community.safety.facts import Facts, Finding, Level, Place, Reason
from community.safety.flat import flatten, read_numerals

_GAP = r"(?:[\W_]|[一ー丨]){0,8}?"
"""Characters between digits, in a flat text."""
_HINT_BEFORE, _HINT_AFTER = 15, 8
_CALL = regex.compile(
    r"电话|手机|号码|座机|热线|联系|致电|来电|拨打|打给|打我|短信|电联|tel|phone|mobile|call|whatsapp|微信|加我|找我"
)
_LIST_MARKS = regex.compile(r"[,;、。\n]")
_MOBILE_GROUPS = frozenset({(11,), (3, 4, 4), (3, 3, 5), (3, 8), (7, 4), (3, 2, 2, 2, 2), (1,) * 11})


def _spread(*parts: str) -> str:
    return _GAP.join(parts)


def _digits(count: int) -> list[str]:
    return [r"\d"] * count


_NO_DIGIT_BEFORE, _NO_DIGIT_AFTER = r"(?<!\d)(?<!\d[.])", r"(?!\d)(?!\.\d)"
_MOBILE = regex.compile(
    rf"{_NO_DIGIT_BEFORE}(?:(?:\+|00)?86{_GAP})?({_spread('1', '[3-9]', *_digits(9))}){_NO_DIGIT_AFTER}"
)
_ABROAD = regex.compile(
    rf"{_NO_DIGIT_BEFORE}(?:"
    rf"(?:\+|00|\()(?:852|853)\)?{_GAP}[2-9]\d{{3}}{_GAP}\d{{4}}"
    rf"|(?:\+|00|\()886\)?{_GAP}(?:{_spread('0?9', *_digits(8))}|0?[2-8]{_GAP}\d{{3,4}}{_GAP}\d{{4}})"
    rf"|852[- ][5-9]\d{{3}}[- ]?\d{{4}}"
    rf"|09\d{{2}}[- ]?\d{{3}}[- ]?\d{{3}}"
    rf"|\(?0[2-8]\d?[-) ]{{1,2}}\d{{3,4}}[- ]?\d{{4}}"
    rf"){_NO_DIGIT_AFTER}"
)
_LANDLINE = regex.compile(
    rf"{_NO_DIGIT_BEFORE}(?:(?:\+|00)?86{_GAP})?\(?0(?:10|2\d|[3-9]\d{{2}})\)?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}{_NO_DIGIT_AFTER}"
)
_LOCAL = regex.compile(
    rf"{_NO_DIGIT_BEFORE}(?!20\d{{2}}[01]\d[0-3]\d)(?:852|853)?[- ]?[2-9]\d{{3}}[- ]?\d{{4}}{_NO_DIGIT_AFTER}"
)
_LOCAL_CALL = regex.compile(
    r"(?:电话|手机|座机|热线|致电|拨打|电联|tel|phone|mobile|call|whatsapp)[\W_]{0,3}(?:号码|是|号)?[\W_]{0,3}$"
)
_IDENTITY = regex.compile(rf"(?<![\da-z])({_spread('[1-8]', *_digits(16), '[0-9x]')})(?![\da-z])")
_HONG_KONG = regex.compile(r"(?<![a-z])([a-z]{1,2})[ ]?(\d{6})[ ]?\(([\da])\)")
_TAIWAN = regex.compile(r"(?<![a-z\d])([a-z][1289]\d{8})(?![a-z\d])")
_CARD = regex.compile(rf"{_NO_DIGIT_BEFORE}(\d(?:{_GAP}\d){{14,18}}){_NO_DIGIT_AFTER}")
_CARD_GROUP = 4

_APP = (
    r"(?:(?:[微威薇徽维卫围唯为]|(?<![a-z])(?:wei|[vw]))[\W_]{0,2}(?:[信芯心辛❤♥💚星]|xin(?![a-z])|x(?![a-z]))"
    r"|绿泡泡|(?<![a-z])(?:wechat|vchat|qq)|扣扣|企鹅)"
)
_LABEL = r"[\W_]{0,3}(?:同?号码?|账号|id|群号?|联系)?[\W_]{0,3}(?:是|为|叫|搜|搜索)?[\W_]{0,3}"
_CONTACTS = (
    regex.compile(rf"{_APP}{_LABEL}(?P<id>[a-z][-_a-z0-9]{{5,19}})(?![-_a-z0-9])"),
    regex.compile(rf"{_APP}{_LABEL}(?P<id>[1-9]\d{{4,11}})(?!\d)"),
    regex.compile(
        r"(?:加我|加一下|加下|\+我|➕我|搜我|找我|[加搜十+➕][vw薇微威])[\W_]{0,4}(?P<id>(?=[-_a-z]*[\d_-])[a-z][-_a-z0-9]{5,19})(?![-_a-z0-9])"
    ),
    regex.compile(r"(?<![a-z])[vw][\W_]{0,2}[:：][\W_]{0,2}(?P<id>[a-z][-_a-z0-9]{5,19}|[1-9]\d{4,11})(?![-_a-z0-9])"),
)
_PLAIN_WORDS = frozenset(
    {"wechat", "weixin", "android", "iphone", "windows", "harmonyos", "official", "mini", "miniprogram"}
)


@dataclass(frozen=True, slots=True)
class _Found:
    span: tuple[int, int]
    reason: Reason


def check_personal_data(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each number or id of a person, which masks it."""
    for field, text in facts.texts.items():
        for found in find_personal_data(text):
            yield Finding(Level.MASK, found.reason, Place(field, *found.span))


def find_personal_data(text: str) -> list[_Found]:
    """Return the places of personal data in a text, in order. None is inside another."""
    plain = flatten(text)
    digits = read_numerals(plain)
    found = list(_find_contacts(plain))
    for flat in dict.fromkeys((plain, digits)):
        found += [*_find_identities(flat), *_find_cards(flat), *_find_phones(flat, plain)]
    kept: list[_Found] = []
    for each in sorted(dict.fromkeys(found), key=lambda each: (each.span[0], -each.span[1])):
        if not kept or each.span[1] > kept[-1].span[1]:
            kept.append(each)
    return kept


def _find_identities(flat: str) -> Iterator[_Found]:
    for match in _IDENTITY.finditer(flat, overlapped=True):
        if identifiers.is_identity_number(_strip(match.group(1))):
            yield _Found(match.span(1), Reason.IDENTITY_NUMBER)
    for match in _HONG_KONG.finditer(flat):
        if identifiers.is_hong_kong_identity(*match.groups()):
            yield _Found(match.span(), Reason.IDENTITY_NUMBER)
    for match in _TAIWAN.finditer(flat):
        if identifiers.is_taiwan_identity(match.group(1)):
            yield _Found(match.span(1), Reason.IDENTITY_NUMBER)


def _find_cards(flat: str) -> Iterator[_Found]:
    for match in _CARD.finditer(flat, overlapped=True):
        groups = _measure_groups(match.group(1))
        is_grouped = set(groups[:-1]) == {_CARD_GROUP} or len(groups) == 1 or set(groups) == {1} or groups[0] == 6  # noqa: PLR2004 - the issuer
        if is_grouped and identifiers.is_bank_card(_strip(match.group(1))):
            yield _Found(match.span(1), Reason.BANK_CARD)


def _find_phones(flat: str, plain: str) -> Iterator[_Found]:
    for match in _MOBILE.finditer(flat, overlapped=True):
        number = match.group(1)
        is_usual = _measure_groups(number) in _MOBILE_GROUPS and not _LIST_MARKS.search(number)
        if is_usual or _has_hint(plain, match.span()):
            yield _Found(match.span(), Reason.PHONE_NUMBER)
    for pattern in (_ABROAD, _LANDLINE):
        for match in pattern.finditer(flat):
            if not _LIST_MARKS.search(match.group()) or _has_hint(plain, match.span()):
                yield _Found(match.span(), Reason.PHONE_NUMBER)
    for match in _LOCAL.finditer(flat):
        if _LOCAL_CALL.search(plain, max(0, match.start() - _HINT_BEFORE), match.start()):
            yield _Found(match.span(), Reason.PHONE_NUMBER)


def _find_contacts(flat: str) -> Iterator[_Found]:
    for pattern in _CONTACTS:
        for match in pattern.finditer(flat):
            if match.group("id") not in _PLAIN_WORDS:
                yield _Found(match.span("id"), Reason.CONTACT_ID)


def _has_hint(plain: str, span: tuple[int, int]) -> bool:
    start, end = span
    before = _CALL.search(plain, max(0, start - _HINT_BEFORE), start)
    return before is not None or _CALL.search(plain, end, end + _HINT_AFTER) is not None


def _strip(number: str) -> str:
    return "".join(character for character in number if character.isdigit() or character == "x")


def _measure_groups(number: str) -> tuple[int, ...]:
    return tuple(len(group) for group in regex.findall(r"[\dx]+", number))
