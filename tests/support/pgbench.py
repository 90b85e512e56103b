"""pgbench, and the statements of one call of the service as a script for it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from community.settings import Settings
from tests.support.statements import Sent, record_answers

CLIENTS = 32
_NUMBER = re.compile(r"\d+")
_TYPES = {bool: "BOOLEAN", int: "BIGINT", str: "TEXT"}


def find_pgbench() -> str:
    """Find pgbench on the path or in Debian's folder. Exits if it is missing."""
    found = shutil.which("pgbench") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)), None
    )
    if found is None:
        sys.exit("pgbench is not installed; it comes with PostgreSQL's contrib package")
    return found


def run_pgbench(
    settings: Settings, script: str, seconds: float, *, rate: int | None = None, clients: int = CLIENTS
) -> float:
    """Run a script with prepared statements. Return its transactions per second.

    With a `rate` it begins so many in a second.
    """
    paced = [] if rate is None else ["-R", str(rate)]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [find_pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))),
             *paced, "-f", file.name, settings.database_url],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"pgbench failed: {done.stderr[:2000]}")
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])


@dataclass
class Recorder:
    """The statements of one call, with their values and rows."""

    calls: list[Sent] = field(default_factory=list)

    @contextmanager
    def record(self):
        """Record every statement inside the block. It runs as usual."""
        with record_answers() as sent:
            yield
        self.calls += sent

    def write_script(self, head: str, known: Mapping[str, str]) -> str:
        """Write the call as one transaction of a script that begins with `head`.

        `known` maps numbers and words among the values to expressions of variables. An id that a statement returns is
        found again in the statements after it.
        """
        known, lines = dict(known), [head, "BEGIN;"]
        for number, (sql, values, columns, rows) in enumerate(self.calls):
            rendered = _fill(sql, values, known)
            later = json.dumps([call[1] for call in self.calls[number + 1 :]], default=str)
            new = {}
            if len(rows) == 1:
                for column, value in zip(columns, rows[0], strict=True):
                    if isinstance(value, int) and value > 1_000 and str(value) not in known and str(value) in later:
                        new[str(value)] = f"CAST(:s{number}_{column} AS BIGINT)"
            lines.append(rendered + (f" \\gset s{number}_" if new else ";"))
            known |= new
        return "\n".join([*lines, "END;", ""])


def _fill(sql: str, values: list[Any], known: Mapping[str, str]) -> str:
    return re.sub(r"\$(\d+)", lambda found: _render(values[int(found[1]) - 1], known), sql)


def _render(value: Any, known: Mapping[str, str]) -> str:
    """Return a value as an expression, in which what is known varies."""
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return "now()"
    if isinstance(value, (date, float)):
        return f"'{value}'"
    if isinstance(value, (list, tuple)):
        kind = _TYPES[type(value[0])] if value else "BIGINT"
        return f"CAST(ARRAY[{', '.join(_render(each, known) for each in value)}] AS {kind}[])"
    if isinstance(value, (dict, str)):
        text = value if isinstance(value, str) else json.dumps(value)
        is_json = isinstance(value, dict) or text[:1] in ("[", "{")
        return f"CAST(({_concatenate(text, known)}) AS {'JSONB' if is_json else 'TEXT'})"
    return f"CAST({known.get(str(value), str(value))} AS {_TYPES[type(value)]})"


def _concatenate(text: str, known: Mapping[str, str]) -> str:
    """Return a text as an expression. No colon stands before a letter, because pgbench reads that as a variable."""
    words = sorted((word for word in known if not word.isdigit()), key=len, reverse=True)
    parts = re.split("(" + "|".join([*map(re.escape, words), _NUMBER.pattern]) + ")", text)
    return " || ".join(
        f"CAST({known[part]} AS TEXT)" if part in known else "'" + part.replace("'", "''").replace(":", ":' || '") + "'"
        for part in parts if part
    )  # fmt: skip
