"""The operations of the example for mini-programs, as its files declare them."""

from __future__ import annotations

from pathlib import Path

from graphql import (
    DocumentNode,
    OperationDefinitionNode,
    parse,
    print_ast,
    separate_operations,
    strip_ignored_characters,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "mini-program"


def read_screens() -> DocumentNode:
    """Read the operations and fragments of all screens as one document."""
    files = sorted((EXAMPLE / "screens").glob("*.graphql"))
    return parse("\n".join(path.read_text(encoding="utf-8") for path in files))


def list_operations() -> dict[str, OperationDefinitionNode]:
    """List the operations of all screens by name."""
    found = [one for one in read_screens().definitions if isinstance(one, OperationDefinitionNode)]
    return {one.name.value: one for one in found}


def build_documents() -> dict[str, str]:
    """Build the text that a client sends for each operation, without spaces that have no meaning."""
    separated = separate_operations(read_screens())
    return {name: strip_ignored_characters(print_ast(document)) for name, document in separated.items()}
