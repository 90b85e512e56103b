"""A refusal has its own code and is restored after it was stored."""

from __future__ import annotations

import json
import pkgutil
import re
from importlib import import_module

import pytest

import community
from community.kernel.errors import NotFound, Refusal

for module in pkgutil.walk_packages(community.__path__, "community."):
    if module.name.rsplit(".", 1)[-1] in {"errors", "idempotency", "paging"}:
        import_module(module.name)


def test_refusal_codes_are_collected_and_sorted():
    assert {"NOT_FOUND", "TRY_AGAIN", "IDEMPOTENCY_KEY_REUSED", "INVALID_CURSOR"} < Refusal.codes().keys()
    assert list(Refusal.codes()) == sorted(Refusal.codes())


@pytest.mark.parametrize("code", Refusal.codes())
def test_refusal_has_code_and_sentence(code):
    assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", code)
    assert re.fullmatch(r"[A-Z].*\.", Refusal.codes()[code])


@pytest.mark.parametrize("code", Refusal.codes())
def test_stored_refusal_is_restored(code):
    made = Refusal.from_json({"code": code, "message": "为什么", "path": ["input", "tags", "2"]})
    again = Refusal.from_json(json.loads(json.dumps(made.to_json())))
    assert type(again) is type(made)
    assert (again.code, again.message, again.path) == (code, "为什么", ("input", "tags", "2"))


def test_repeated_code_raises():
    with pytest.raises(TypeError, match="NOT_FOUND"):
        type("Again", (Refusal,), {"code": "NOT_FOUND"})
    with pytest.raises(TypeError, match="NOT_FOUND"):
        type("Forgot", (NotFound,), {})
    assert type(Refusal.from_json(NotFound().to_json())) is NotFound


def test_unknown_code_becomes_plain_refusal():
    again = Refusal.from_json({"code": "OF_AN_OLD_RELEASE", "message": "No.", "path": []})
    assert type(again) is Refusal
    assert (again.message, again.path) == ("No.", ())


def test_refusal_has_sentence_or_own_message():
    assert (NotFound().message, str(NotFound()), NotFound().path) == (NotFound.sentence, NotFound.sentence, ())
    assert NotFound("Elsewhere.", path=("id",)).message == "Elsewhere."
