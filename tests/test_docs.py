"""The documents name only links, files, settings, commands and names that exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest

from community.cli import main
from community.settings import PREFIX, Settings
from tests.support.vocabulary import BANNED

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "community"
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
EXAMPLES = {"SubmissionPinInput", "submission_id", "thing_id"}
"""Names that the recipes invent."""
ELSEWHERE = {"token_secret", "encryption_key", "verb_noun", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME"}
"""Names of libraries, of files of an installation, and of a pattern."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`([^`\n]+)`", re.DOTALL)
_FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|txt|graphql)|(?:src|tests|docs|workers)/[\w/-]+|[\w-]+/[\w/-]+/")
_NAME = re.compile(r"[A-Z][a-z]+[A-Z]\w+|_?[A-Z]+_[A-Z_]+|[a-z]\w*_\w+")
_BANNED = re.compile(r"\b(" + "|".join(BANNED) + r")\b", re.IGNORECASE)


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def list_code(document: Path) -> list[str]:
    """Return each word of the code spans and of the indented blocks."""
    text = read(document)
    blocks = [line for line in text.splitlines() if line.startswith("    ")]
    spans = [match[1] for match in _CODE.finditer(text) if match[1]]
    return [word.strip("().,:;\"'") for code in [*spans, *blocks] for word in code.split()]


def list_anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", read(document), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def list_names() -> frozenset[str]:
    """Return every word of the sources, the tests and the schema."""
    files = [ROOT / "schema.graphql", ROOT / "pyproject.toml"]
    files += [path for folder in ("src", "workers", "tests") for path in (ROOT / folder).rglob("*.py")]
    # This file names what does not exist.
    texts = [path.stem if path == Path(__file__) else f"{path.stem} {read(path)}" for path in files]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def list_commands() -> list[str]:
    """Return the full name of each command."""
    found, context = [], click.Context(main)
    waiting: list[tuple[str, click.Command]] = [("community", main)]
    while waiting:
        name, command = waiting.pop()
        if isinstance(command, click.Group):
            names = command.list_commands(context)
            waiting += [(f"{name} {inner}", command.get_command(context, inner)) for inner in names]
        else:
            found.append(name)
    return sorted(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_exist(document):
    broken = []
    for link in _LINK.findall(read(document)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in list_anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_by_documents_exist(document):
    def exists(name: str) -> bool:
        if "/" not in name:
            return any(next(folder.rglob(name), None) for folder in (ROOT / "src", ROOT / "tests")) or any(
                (folder / name).exists() for folder in (ROOT, ROOT / "docs", ROOT / "workers")
            )
        return any((folder / name).exists() for folder in (ROOT, SOURCES))

    assert [word for word in list_code(document) if _FILE.fullmatch(word) and not exists(word)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_code_named_by_documents_exists(document):
    words = {name for word in list_code(document) for name in re.findall(r"\w+", word) if _NAME.fullmatch(name)}
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    assert words - list_names() - settings - EXAMPLES - ELSEWHERE == set()


def test_settings_are_documented():
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", OPERATIONS)) == settings


def test_commands_are_documented():
    text = OPERATIONS + read(ROOT / "README.md")
    assert [name for name in list_commands() if not re.search(rf"`{name}[ `]", text)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_have_no_banned_words(document):
    text = read(document)
    if document.name == "glossary.md":
        # Its last column lists the words that are not used.
        text = re.sub(r"\|[^|\n]*\|$", "|", text, flags=re.MULTILINE)
    assert sorted({match[0] for match in _BANNED.finditer(_CODE.sub("", text))}) == []
