"""The texts that the service gives to `db.execute` and `db.scalar`, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import community
from community.communities.settings import EDITABLE_TEXTS
from community.kernel.seals.contents import list_contents

SOURCE = Path(community.__file__).parent
CATALOGUE = {
    ("kernel/migrate.py", "found"),
    ("system/database_copy.py", "found"),
    ("kernel/schema_drift/postgres.py", "statement"),
}
"""The expressions whose texts read the catalogue, or create temporary tables."""
_LOCAL_NAMES = {
    ("communities/profile.py", "name"): lambda: EDITABLE_TEXTS,
    ("kernel/seals/chain.py", "table"): lambda: sorted({content.table for content in list_contents()}),
}
"""The values of local names in a text."""
_READS_TABLES = re.compile(r"(SELECT .* FROM|INSERT INTO|UPDATE|DELETE FROM) (?!sqlite_|pg_|search_document_index)")


def list_raw_statements() -> set[str]:
    """Return every text. Raises NameError for a local name whose values are not listed here. The database is open."""
    paths = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    return {sql for path in paths for sql in _find_texts(path) if _READS_TABLES.match(sql)}


def _find_texts(path: Path) -> Iterator[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) in {"db.execute", "db.scalar"}:
            place = path.relative_to(SOURCE)
            if (str(place), ast.unparse(call.args[0])) in CATALOGUE:
                continue
            names = dict(vars(import_module(".".join(("community", *place.with_suffix("").parts)))))
            text = compile(ast.Expression(call.args[0]), str(path), "eval")
            found = [(name, list_values()) for (file, name), list_values in _LOCAL_NAMES.items() if file == str(place)]
            for name, values in found or [("_", [None])]:
                yield from (eval(text, names | {name: value}) for value in values)
