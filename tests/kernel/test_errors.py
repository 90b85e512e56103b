"""A refusal has its own code and is restored after it was stored."""

from __future__ import annotations

import json
import pkgutil
import re
from datetime import UTC, datetime
from importlib import import_module

import pytest

import community
from community.kernel.errors import InvalidInput, NotFound, Refusal
from community.texts import Language, UnknownText

for module in pkgutil.walk_packages(community.__path__, "community."):
    if module.name.rsplit(".", 1)[-1] in {"errors", "idempotency", "paging"}:
        import_module(module.name)

TOO_LONG = {"min": 1, "max": 60, "actual": 71}


def test_refusal_codes_are_collected_and_sorted():
    assert {"NOT_FOUND", "TRY_AGAIN", "IDEMPOTENCY_KEY_REUSED", "INVALID_CURSOR"} < Refusal.codes().keys()
    assert list(Refusal.codes()) == sorted(Refusal.codes())


@pytest.mark.parametrize("code", Refusal.codes())
def test_refusal_code_is_made_of_capitals(code):
    assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", code)


@pytest.mark.parametrize("code", Refusal.codes())
def test_stored_refusal_is_restored(code):
    retry_at = datetime(2026, 11, 26, tzinfo=UTC)
    made = Refusal.codes()[code](path=("input", "tags", "2"), retry_at=retry_at, max=3)
    again = Refusal.from_json(json.loads(json.dumps(made.to_json())))
    assert type(again) is type(made)
    assert (again.path, again.retry_at, again.figures) == (made.path, retry_at, {"max": 3})


def test_stored_reason_is_translated_when_read():
    stored = InvalidInput("length", **TOO_LONG).to_json()
    assert stored == {"code": "INVALID_INPUT", "path": [], "reason": "length", "figures": TOO_LONG}
    again = Refusal.from_json(stored)
    assert again.translate(Language.ZH) == "此项须为 1 至 60 个字，现为 71 个字。请调整字数。"
    assert str(again) == "This needs 1 to 60 characters, not 71. Change its length."


def test_repeated_code_raises():
    with pytest.raises(TypeError, match="NOT_FOUND"):
        type("Again", (Refusal,), {"code": "NOT_FOUND"})
    with pytest.raises(TypeError, match="NOT_FOUND"):
        type("NotFound", (Refusal,), {})
    assert type(Refusal.from_json(NotFound().to_json())) is NotFound


def test_unknown_code_becomes_plain_refusal():
    again = Refusal.from_json({"code": "OF_AN_OLD_RELEASE", "reason": "old", "path": []})
    assert (type(again), again.reason, again.path) == (Refusal, None, ())


def test_unknown_stored_reason_is_dropped():
    again = Refusal.from_json({"code": "NOT_FOUND", "reason": "of_an_old_release", "path": ["id"]})
    assert (type(again), again.reason, again.path) == (NotFound, None, ("id",))


def test_record_with_sentence_has_present_sentence():
    again = Refusal.from_json({"code": "NOT_FOUND", "message": "No such thing.", "path": ["personId"]})
    assert (again.code, str(again), again.path) == ("NOT_FOUND", str(NotFound()), ("personId",))


@pytest.mark.parametrize("figures", [{}, {"min": 1, "max": 2}])
def test_refusal_without_figure_of_its_text_raises(figures):
    with pytest.raises(UnknownText):
        InvalidInput("length", **figures)


def test_refusal_with_unknown_reason_raises():
    with pytest.raises(UnknownText):
        NotFound("This is a sentence.")


def test_moved_refusal_keeps_everything_else():
    moved = InvalidInput("length", path=("title",), **TOO_LONG).move_to("content", "title")
    assert (moved.reason, moved.path, moved.figures) == ("length", ("content", "title"), TOO_LONG)


def test_unknown_thing_names_the_field_of_its_kind():
    assert NotFound("pick_up_point").path == ("pickUpPointId",)
    assert NotFound.of_field("slot_id").reason == "slot"
    assert (NotFound.of_field("nothing_id").reason, NotFound.of_field("nothing_id").path) == (None, ())
