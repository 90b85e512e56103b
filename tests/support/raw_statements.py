"""The texts that the service gives to `db.execute` and `db.scalar`, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import community

SOURCE = Path(community.__file__).parent
_READS_TABLES = re.compile(r"(SELECT .* FROM|INSERT INTO|UPDATE|DELETE FROM) (?!sqlite_|pg_)")


def list_raw_statements() -> set[str]:
    """Return the texts made of constants of their module. Those made of local names are left out."""
    paths = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    return {sql for path in paths for sql in _find_texts(path) if _READS_TABLES.match(sql)}


def _find_texts(path: Path) -> Iterator[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) in {"db.execute", "db.scalar"}:
            module = import_module(".".join(("community", *path.relative_to(SOURCE).with_suffix("").parts)))
            try:
                yield eval(compile(ast.Expression(call.args[0]), str(path), "eval"), dict(vars(module)))
            except NameError:
                continue
