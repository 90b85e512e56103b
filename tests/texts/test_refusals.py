"""Every refusal has a text in each language, and every raise site names one by its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import community
from community.api import mutation_errors  # noqa: F401 - imports every package's refusals
from community.kernel.errors import Refusal
from community.texts import CATALOGUES, en, get_fields

SOURCES = Path(community.__path__[0])
CODES = {kind.__name__: kind for kind in Refusal.codes().values()}
PARAMETERS = {"path", "retry_at"}


def find_raise_sites() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield (place, class, call) for each refusal that code makes with arguments."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in CODES:
                    yield f"{path.relative_to(SOURCES)}:{node.lineno}", name, node


SITES = list(find_raise_sites())
LITERAL = [
    (place, CODES[name], call.args[0].value, {keyword.arg for keyword in call.keywords} - PARAMETERS)
    for place, name, call in SITES
    if call.args and isinstance(call.args[0], ast.Constant)
]


def test_every_code_has_a_text_without_fields():
    texts = {code: en.TEXTS.get(f"refusal.{code}") for code in Refusal.codes()}
    assert [code for code, text in texts.items() if text is None or get_fields(text)] == []


@pytest.mark.parametrize(("place", "kind", "reason", "figures"), LITERAL)
def test_literal_reason_has_a_text_with_its_figures(place, kind, reason, figures):
    text = en.TEXTS[f"refusal.{kind.code}.{reason}"]
    assert get_fields(text) <= figures, place


def test_computed_reason_is_declared_by_its_class():
    computed = [
        (place, name) for place, name, call in SITES if call.args and not isinstance(call.args[0], ast.Constant)
    ]
    assert [place for place, name in computed if not CODES[name].reasons] == []
    declared = {f"refusal.{kind.code}.{reason}" for kind in CODES.values() for reason in kind.reasons}
    assert declared - en.TEXTS.keys() == set()


def test_every_text_of_a_refusal_is_used():
    used = {f"refusal.{kind.code}.{reason}" for kind in CODES.values() for reason in kind.reasons}
    used |= {f"refusal.{kind.code}.{reason}" for _, kind, reason, _ in LITERAL}
    used |= {f"refusal.{code}" for code in Refusal.codes()}
    assert {key for key in en.TEXTS if key.startswith("refusal.")} - used == set()


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_text_of_a_refusal_is_a_sentence(language):
    texts = {key: text for key, text in CATALOGUES[language].items() if key.startswith("refusal.")}
    assert [key for key, text in texts.items() if not text.endswith((".", "。", "{reason}"))] == []
