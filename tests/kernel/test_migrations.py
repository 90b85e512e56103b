"""Migrations are numbered without a gap, and a landed one never changes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from community import migrations

FOLDER = Path(migrations.__file__).parent
DIGESTS = Path(__file__).with_name("migrations.sha256")


def list_migrations() -> list[Path]:
    return sorted(FOLDER.glob("[0-9]*.py"))


def test_migration_numbers_have_no_gap():
    numbers = [int(path.name[:4]) for path in list_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_landed_migration_has_its_digest():
    """A new migration needs a line in the file: its SHA-256, two spaces and its name, as `sha256sum` prints it."""
    recorded = {name: digest for digest, name in re.findall(r"(\w{64})  (\S+)", DIGESTS.read_text())}
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in list_migrations()} == recorded
