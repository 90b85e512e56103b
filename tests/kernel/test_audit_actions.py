"""Every action that the code records is in the enumeration."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from community.kernel.audit_actions import AuditAction

SOURCES = Path(__file__).parents[2] / "src/community"
RECORDERS = re.compile(r"(audit|changes|account_events)\.record|_record")


def list_recorded_actions():
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and RECORDERS.match(ast.unparse(node.func)):
                for argument in node.args:
                    text = argument.value if isinstance(argument, ast.Constant) else None
                    if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text):
                        yield text


def test_recorded_actions_are_enumerated():
    found = set(list_recorded_actions())
    assert "submission.drop_edit" in found
    assert found <= set(AuditAction)
