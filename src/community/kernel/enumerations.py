"""A check of tables by enumeration. A member without an entry fails at import."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


def require_each(members: type[StrEnum], table: Iterable[str]) -> None:
    """Raise LookupError unless the table's keys are the values of the enumeration."""
    values, keys = {str(member) for member in members}, {str(key) for key in table}
    if values != keys:
        differing = ", ".join(sorted(values ^ keys))
        raise LookupError(f"the table does not have one entry for each {members.__qualname__}: {differing}")
