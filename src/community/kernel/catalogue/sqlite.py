"""SQLite's catalogue, which is the text of its statements: of the service's file, and of what the models declare."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from community.kernel import db, ddl
from community.kernel.catalogue.declared import Declared
from community.kernel.catalogue.facts import Fact, Facts, collected


@dataclass(slots=True)
class _Entry:
    """A row of the catalogue."""

    type: str
    name: str
    table: str
    sql: str


_SQL = (
    'SELECT type, name, tbl_name AS "table", sql FROM sqlite_master'
    " WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'"
)
_ENTRIES = db.Select(_SQL, _Entry)

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/             # comments
      | (?P<kept>'(?:[^']|'')*'        # a text
      | "(?:[^"]|"")*" | `[^`]*` | \[[^\]]*\]
      | \w+ | <> | [<>=!|]= | \|\| | <<|>> | [^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NAME = re.compile(r'"([A-Za-z_]\w*)"')
_CONSTRAINT = {"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"}


async def read(tables: Sequence[Declared]) -> tuple[Facts, Facts]:
    """What is declared and what is there, in the same words."""
    with closing(sqlite3.connect(":memory:")) as memory:
        for statement in _statements(tables):
            memory.execute(statement)
        declared = [_Entry(*row) for row in memory.execute(_SQL)]
    return collected(_facts(declared)), collected(_facts(await _ENTRIES.all()))


def _statements(tables: Sequence[Declared]) -> Iterator[str]:
    for table in tables:
        yield ddl.for_sqlite(table.create(referring=True))
        yield from table.indexes
        yield from table.triggers("sqlite")


def _facts(entries: Iterable[_Entry]) -> Iterator[Fact]:
    for entry in entries:
        tokens = _tokens(entry.sql)
        if entry.type == "table":
            yield from _table(entry.name, tokens)
        else:
            yield Fact(entry.table, f"{entry.type} {entry.name}", _text(tokens))


def _table(name: str, tokens: list[str]) -> Iterator[Fact]:
    if "(" not in tokens:
        yield Fact(name, "storage", _text(tokens))
        return
    first, last = tokens.index("("), len(tokens) - 1 - tokens[::-1].index(")")
    yield Fact(name, "storage", _text([*tokens[: first - 1], *tokens[last + 1 :]]))
    for item in _items(tokens[first + 1 : last]):
        yield from _constraint(name, item) if item[0].upper() in _CONSTRAINT else _column(name, item)


def _constraint(table: str, item: list[str]) -> Iterator[Fact]:
    named = item[0].upper() == "CONSTRAINT"
    yield Fact(table, f"constraint {item[1]}" if named else "unnamed constraint", _text(item[2:] if named else item))


def _column(table: str, item: list[str]) -> Iterator[Fact]:
    name, *words = _without_default(item)
    kept = [word.upper() for word in words]
    if "REFERENCES" in kept:
        at = kept.index("REFERENCES")
        yield Fact(table, f"foreign key of {name}", _text(words[at:]))
        words = words[:at]
    yield Fact(table, f"column {name}", _text(words))


def _without_default(item: list[str]) -> list[str]:
    at = next((place for place, token in enumerate(item) if token.upper() == "DEFAULT"), None)
    if at is None:
        return item
    end = at + 1
    if item[end] in {"+", "-"}:
        end += 1
    depth = 0
    while True:
        depth += (item[end] == "(") - (item[end] == ")")
        end += 1
        if depth == 0:
            return item[:at] + item[end:]


def _tokens(sql: str) -> list[str]:
    """The statement's words without what means nothing: spaces, comments, quotes around a plain name."""
    kept = (found.group("kept") for found in _TOKEN.finditer(sql))
    return [_PLAIN_NAME.sub(r"\1", token) for token in kept if token is not None]


def _items(tokens: list[str]) -> Iterator[list[str]]:
    """The parts between commas, those within parentheses left whole."""
    item: list[str] = []
    depth = 0
    for word in tokens:
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            yield item
            item = []
        else:
            item.append(word)
    yield item


def _text(tokens: Iterable[str]) -> str:
    return " ".join(tokens).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
