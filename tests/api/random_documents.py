"""Random queries over the whole graph: aliases, fragments, directives, variables and wrong ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx
from graphql import (
    GraphQLEnumType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.api.asking import QUERIES, SCHEMA
from tests.api.seeing import Gallery

CALLERS = ("guest", "stranger", "author", "leader")
MAX_NESTING = 5
WRONG_IDS = ["", "x", "U3VibWlzc2lvbjow", "TWVtYmVyOjk5OTk5", "UGVyc29uOjE"]
TEXTS = ["", "家常菜", "红烧肉", "作者", '\n\t"\\', "\u2028😀"]


@dataclass(frozen=True)
class Document:
    """A query with its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Writer:
    draw: Any
    roots: dict[str, dict[str, Any]]
    """Good arguments of root fields by name. Those below "" are for every root field."""
    ids: list[str]
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0
    budget: int = 40

    def write(self) -> Document:
        """Write a query."""
        selected = " ".join(self.write_field(name, QUERIES[name], 0) for name in self.pick(sorted(QUERIES), 3))
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return Document("\n".join([f"query Random{declared} {{ {selected} }}", *self.fragments]), self.variables)

    def pick(self, choices: list[Any], most: int) -> list[Any]:
        """Return one to `most` of the choices."""
        return self.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most, unique=True))

    def is_chosen(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def write_field(self, name: str, declared: Any, nesting: int) -> str:
        """Write a field with its arguments, directives and selection."""
        self.budget -= 1
        arguments = self.write_arguments(name, declared, nesting)
        alias = ""
        if (arguments or self.is_chosen(8)) and self.aliases < 25:
            self.aliases += 1
            alias = f"a{self.aliases}: "
        kind = get_named_type(declared.type)
        below = "" if is_leaf_type(kind) else self.write_selection(kind, nesting + 1)
        return f"{alias}{name}{arguments}{self.write_directive()}{below}"

    def write_directive(self) -> str:
        if not self.is_chosen(10):
            return ""
        name, value = self.draw(st.sampled_from(["skip", "include"])), self.draw(st.booleans())
        written = self.add_variable("Boolean!", value) if self.is_chosen(2) else str(value).lower()
        return f" @{name}(if: {written})"

    def write_selection(self, kind: Any, nesting: int) -> str:
        """Write the selection of an object or interface, in part as fragments."""
        possible = SCHEMA.get_possible_types(kind) if is_abstract_type(kind) else [kind]
        parts = ["__typename"] if is_abstract_type(kind) or self.is_chosen(4) else []
        targets = [kind] if not is_abstract_type(kind) else [kind, *self.pick(list(possible), 3)]
        for target in targets:
            fields = self.write_fields(target, nesting)
            if target is kind and not self.is_chosen(5):
                parts.append(fields)
            elif self.is_chosen(2):
                parts.append(f"... on {target.name}{self.write_directive()} {{ {fields} }}")
            else:
                self.fragments.append(f"fragment F{len(self.fragments)} on {target.name} {{ {fields} }}")
                parts.append(f"...F{len(self.fragments) - 1}{self.write_directive()}")
        return f" {{ {' '.join(parts)} }}"

    def write_fields(self, kind: Any, nesting: int) -> str:
        askable = sorted(
            name
            for name, each in kind.fields.items()
            if is_leaf_type(get_named_type(each.type)) or (nesting < MAX_NESTING and self.budget > 0)
        )
        chosen = self.pick(askable, 6) if askable else []
        return " ".join(self.write_field(name, kind.fields[name], nesting) for name in chosen) or "__typename"

    def write_arguments(self, name: str, declared: Any, nesting: int) -> str:
        good = {"": self.roots[""], **self.roots.get(name, {})} if nesting == 0 else {}
        good |= good.pop("", {})
        written = []
        for key, argument in declared.args.items():
            if key == "first":
                written.append(f"first: {self.write_value(argument, self.draw(st.sampled_from([1, 2, 3, 3, 0, -1])))}")
            elif key in good and not self.is_chosen(8):
                written.append(f"{key}: {self.add_variable(str(argument.type), good[key])}")
            elif is_required_argument(argument) or self.is_chosen(4):
                written.append(f"{key}: {self.write_value(argument, self.draw_value(argument.type))}")
        return f"({', '.join(written)})" if written else ""

    def write_value(self, argument: Any, value: Any) -> str:
        """Write a value as a literal or a variable."""
        if self.is_chosen(2):
            return self.add_variable(str(argument.type), value)
        return _write_literal(argument.type, value)

    def draw_value(self, kind: Any) -> Any:
        """Return a value of an input type."""
        if is_non_null_type(kind):
            return self.draw_value(kind.of_type)
        if is_list_type(kind):
            return [self.draw_value(kind.of_type) for _ in range(self.draw(st.integers(0, 2)))]
        if isinstance(kind, GraphQLEnumType):
            return self.draw(st.sampled_from(sorted(kind.values)))
        return self.draw(
            {
                "ID": st.sampled_from([*self.ids, *WRONG_IDS]),
                "Int": st.integers(-1, 3),
                "Boolean": st.booleans(),
                "DateTime": st.just("2026-11-24T08:00:00+08:00"),
                "Date": st.just("2026-11-24"),
            }.get(kind.name, st.sampled_from(TEXTS))
        )

    def add_variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"


def _write_literal(kind: Any, value: Any) -> str:
    named = get_named_type(kind)
    if isinstance(value, list):
        return f"[{', '.join(_write_literal(named, each) for each in value)}]"
    if isinstance(named, GraphQLEnumType):
        return value
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(each):04x}" if ord(each) < 0xFFFF else each for each in value) + '"'
    return str(value).lower()


async def ask_randomly(client: httpx.AsyncClient, gallery: Gallery, number: int, *, start: int = 0) -> None:
    """Send random documents as four callers. Raises AssertionError for a document that is not valid."""
    for document in draw_documents(number, gallery.given, list(gallery.things), start=start):
        for caller in CALLERS:
            token = gallery.tokens[caller]
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            body = {"query": document.text, "variables": document.variables}
            response = await client.post("/graphql", json=body, headers=headers)
            # A document that is not executed compares nothing. Some cost too much.
            assert not re.search("PARSE_FAILED|VALIDATION_FAILED", response.text), (document, response.text)


def draw_documents(number: int, roots: dict[str, dict[str, Any]], ids: list[str], *, start: int = 0) -> list[Document]:
    """Return random documents, always the same ones for the same start."""
    found: list[Document] = []

    @st.composite
    def documents(draw):
        return _Writer(draw, roots, ids).write()

    @seed(start)
    @settings(
        max_examples=number, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(documents())
    def collect(document):
        found.append(document)

    collect()
    return found
