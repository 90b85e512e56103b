"""Types over rows: attributes, computed fields, relations and interfaces."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import strawberry

from community.api.context import Info
from community.api.declare import batched, field, query, query_type, type_over
from community.api.ids import encode
from community.api.nodes import Node, id_field


@dataclass(slots=True)
class AuthorRow:
    id: int
    name: str

    @property
    def initial(self) -> str | None:
        return self.name[:1] or None


@dataclass(slots=True)
class BookRow:
    id: int
    title: str
    author_id: int


AUTHORS = {1: AuthorRow(1, "阿香"), 2: AuthorRow(2, "")}


@type_over(AuthorRow)
class Author(Node):
    """Author."""

    name = field(description="Name.")
    initial = field(description="Initial.")


@type_over(BookRow)
class Book:
    """Book."""

    id = id_field()
    title = field(description="Title.")

    @query
    def length(row: strawberry.Parent[BookRow], factor: int = 1) -> int:  # noqa: N805 - a function of rows
        """Length."""
        return len(row.title) * factor

    @batched
    async def author(rows: list[BookRow], info: Info) -> list[AuthorRow]:  # noqa: N805 - a function of rows
        """Author."""
        return [AUTHORS[row.author_id] for row in rows]


@query_type
class Library:
    """Library."""

    @query
    def books(self) -> list[BookRow]:
        """Books."""
        return [BookRow(3, "春天", 1), BookRow(4, "秋", 2)]

    @query
    def lost(self) -> BookRow:
        """Book that cannot be read."""
        raise LookupError

    node = field(resolver=lambda: AUTHORS[1], graphql_type=Node, description="Node.")


SCHEMA = strawberry.Schema(Library)


class Loading:
    """The one part of a context that relations use."""

    async def load(self, batch, parent, info):
        return (await batch([parent], info))[0]


async def ask(document):
    answer = await SCHEMA.execute(document, context_value=Loading())
    assert answer.errors is None
    return answer.data


async def test_field_without_resolver_reads_the_attribute():
    assert (await ask("{ books { title author { name initial } } }"))["books"] == [
        {"title": "春天", "author": {"name": "阿香", "initial": "阿"}},
        {"title": "秋", "author": {"name": "", "initial": None}},
    ]


async def test_computed_field_takes_the_row():
    assert (await ask("{ books { length(factor: 2) } }"))["books"] == [{"length": 4}, {"length": 2}]


async def test_id_names_the_type_over_the_row():
    assert (await ask("{ books { id } }"))["books"][0] == {"id": encode("Book", 3)}


async def test_interface_resolves_by_row_class():
    found = (await ask("{ node { __typename id ... on Author { name } } }"))["node"]
    assert found == {"__typename": "Author", "id": encode("Author", 1), "name": "阿香"}


async def test_root_field_with_an_error_is_null():
    answer = await SCHEMA.execute("{ lost { title } node { id } }", context_value=Loading())
    assert answer.data == {"lost": None, "node": {"id": encode("Author", 1)}}
    assert [error.path for error in answer.errors] == [["lost"]]


def test_types_of_fields_are_those_of_the_row():
    assert "initial: String\n" in str(SCHEMA)
    assert "name: String!\n" in str(SCHEMA)


def test_field_without_attribute_is_refused():
    @dataclass
    class EmptyRow:
        id: int

    class Empty:
        """Type over an empty row."""

        title = field(description="Title.")

    with pytest.raises(TypeError, match="EmptyRow has no attribute title"):
        type_over(EmptyRow)(Empty)


def test_row_with_a_type_is_refused():
    class Again:
        """Another type over the same row."""

    with pytest.raises(TypeError, match="BookRow has a type already"):
        type_over(BookRow)(Again)
