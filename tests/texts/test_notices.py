"""Every notice has a text with figures that the code puts into it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import community
from community.accounts import account_events
from community.notices.models import NoticeFigure, NoticeKind
from community.notices.sentences import WITHOUT_POINTS, build_sentence
from community.texts import Language, en, get_fields

VERBS = {"notify_member", "notify_members", "notify_all_members", "notify_each", "renew_each"}
FREE = (
    NoticeKind.REDEMPTION_RESERVED, NoticeKind.REDEMPTION_READY, NoticeKind.REDEMPTION_EXPIRED,
    NoticeKind.REDEMPTION_CANCELLED, NoticeKind.REDEMPTION_REFUNDED, NoticeKind.EVENT_PRIZE,
)  # fmt: skip
"""Kinds whose points may be 0: of prizes and free trials, and of prizes whose earning rule pays nothing."""
SOURCES = Path(community.__path__[0])


def list_kinds(value: ast.expr) -> list[str]:
    """Return the kinds that an expression names."""
    return [
        node.attr
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "NoticeKind"
    ]


@cache
def find_notices() -> dict[str, set[str]]:
    """Return the names of the figures that the code puts into each kind of notice."""
    found = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in VERBS:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                if isinstance(given["kind"], ast.Name):
                    continue  # A verb that passes on what its caller names.
                detail = given["detail"] if "detail" in given else given["details"].value
                names = {key.value for key in detail.keys}
                # A computed kind is one of the account events.
                found |= dict.fromkeys(list_kinds(given["kind"]) or account_events.NOTICES.values(), names)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify_leaders":
                (kind,) = [keyword.value for keyword in node.keywords if keyword.arg == "kind"]
                found |= {name: {"case"} for name in list_kinds(kind)}
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify_person":
                # It takes no figures. A computed kind is one of the account events.
                found |= {one.attr: set() for one in node.args[1:2] if isinstance(one, ast.Attribute)}
    return found


def test_every_notice_is_sent_somewhere():
    assert set(find_notices()) == {kind.value for kind in NoticeKind}


@pytest.mark.parametrize("kind", NoticeKind)
def test_text_of_notice_has_only_its_figures(kind):
    assert get_fields(en.TEXTS[f"notice.{kind.value.lower()}"]) <= find_notices()[kind.value]


@pytest.mark.parametrize("kind", FREE)
def test_sentence_of_no_points_names_no_points(kind):
    for language in Language:
        sentence = build_sentence(kind, {"points": 0}, language)
        assert not get_fields(sentence)
        assert not any(word in sentence for word in ("0", "points", "积分"))
        assert "7" in build_sentence(kind, {"points": 7}, language)


def test_figures_of_notices_are_enumerated():
    assert set().union(*find_notices().values()) == {figure.value for figure in NoticeFigure}


def test_every_text_of_a_notice_is_used():
    texts = {key for key in en.TEXTS if key.startswith("notice.")}
    free = {f"notice.{kind.value.lower()}.{WITHOUT_POINTS}" for kind in FREE}
    assert texts == {f"notice.{kind.value.lower()}" for kind in NoticeKind} | free
