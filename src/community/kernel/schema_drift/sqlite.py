"""SQLite's catalogue of the service's file and of the models.

It consists of the texts of the statements.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from community.kernel import db, ddl
from community.kernel.schema_drift.declared import DeclaredTable
from community.kernel.schema_drift.schema_objects import SchemaObject, SchemaObjects, group_by_table


@dataclass(slots=True)
class _CatalogueRow:
    """A row of `sqlite_master`."""

    type: str
    name: str
    table: str
    sql: str


_CATALOGUE_SQL = (
    'SELECT type, name, tbl_name AS "table", sql FROM sqlite_master'
    " WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'"
)
_CATALOGUE = db.Select(_CATALOGUE_SQL, _CatalogueRow)

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/             # comments
      | (?P<kept>'(?:[^']|'')*'        # a string
      | "(?:[^"]|"")*" | `[^`]*` | \[[^\]]*\]
      | \w+ | <> | [<>=!|]= | \|\| | <<|>> | [^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_NAME = re.compile(r'"([A-Za-z_]\w*)"')
_CONSTRAINT_KEYWORDS = {"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"}


async def read(tables: Sequence[DeclaredTable]) -> tuple[SchemaObjects, SchemaObjects]:
    """Return the declared and the real objects, in the same form."""
    with closing(sqlite3.connect(":memory:")) as memory:
        for statement in _build_statements(tables):
            memory.execute(statement)
        declared = [_CatalogueRow(*row) for row in memory.execute(_CATALOGUE_SQL)]
    return group_by_table(_parse_catalogue(declared)), group_by_table(_parse_catalogue(await _CATALOGUE.all()))


def _build_statements(tables: Sequence[DeclaredTable]) -> Iterator[str]:
    for table in tables:
        yield ddl.translate_to_sqlite(table.build_create_statement())
        yield from table.indexes
        yield from table.build_trigger_statements("sqlite")


def _parse_catalogue(entries: Iterable[_CatalogueRow]) -> Iterator[SchemaObject]:
    for entry in entries:
        tokens = _tokenise(entry.sql)
        if entry.type == "table":
            yield from _parse_table(entry.name, tokens)
        else:
            yield SchemaObject(entry.table, f"{entry.type} {entry.name}", _join_tokens(tokens))


def _parse_table(name: str, tokens: list[str]) -> Iterator[SchemaObject]:
    if "(" not in tokens:
        yield SchemaObject(name, "storage", _join_tokens(tokens))
        return
    first, last = tokens.index("("), len(tokens) - 1 - tokens[::-1].index(")")
    yield SchemaObject(name, "storage", _join_tokens([*tokens[: first - 1], *tokens[last + 1 :]]))
    for item in _split_items(tokens[first + 1 : last]):
        yield from (
            _parse_constraint(name, item) if item[0].upper() in _CONSTRAINT_KEYWORDS else _parse_column(name, item)
        )


def _parse_constraint(table: str, item: list[str]) -> Iterator[SchemaObject]:
    named = item[0].upper() == "CONSTRAINT"
    yield SchemaObject(
        table, f"constraint {item[1]}" if named else "unnamed constraint", _join_tokens(item[2:] if named else item)
    )


def _parse_column(table: str, item: list[str]) -> Iterator[SchemaObject]:
    name, *words = _strip_default(item)
    kept = [word.upper() for word in words]
    if "REFERENCES" in kept:
        at = kept.index("REFERENCES")
        yield SchemaObject(table, f"foreign key of {name}", _join_tokens(words[at:]))
        words = words[:at]
    yield SchemaObject(table, f"column {name}", _join_tokens(words))


def _strip_default(item: list[str]) -> list[str]:
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


def _tokenise(sql: str) -> list[str]:
    """Return the tokens without spaces, comments and quotes around plain names."""
    kept = (found.group("kept") for found in _TOKEN.finditer(sql))
    return [_PLAIN_NAME.sub(r"\1", token) for token in kept if token is not None]


def _split_items(tokens: list[str]) -> Iterator[list[str]]:
    """Split at commas outside parentheses."""
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


def _join_tokens(tokens: Iterable[str]) -> str:
    return " ".join(tokens).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
