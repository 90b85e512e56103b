"""The versions with hashes that the gates install."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read_versions(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_requirements_have_the_versions_of_the_constraints():
    required = read_versions((ROOT / "requirements.txt").read_text())
    constraints = read_versions((ROOT / "constraints.txt").read_text())
    assert constraints
    assert {name: required.get(name) for name in constraints} == constraints


def test_each_requirement_has_hashes():
    blocks = re.split(r"^(?=[\w.-]+==)", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []
