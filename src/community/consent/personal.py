"""Export and erasure of what consent keeps about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import db


@dataclass(slots=True)
class _GuardianRequestRow:
    created_at: datetime
    code_expires_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None


@dataclass(slots=True)
class _DependantRow:
    person_id: int
    nickname: str
    created_at: datetime
    confirmed_at: datetime


# Who confirmed for a child is told by the name that neighbours know; nothing else of the guardian is.
_GUARDIAN_REQUEST = db.Select(
    "SELECT g.created_at, g.code_expires_at, g.confirmed_at, p.nickname AS confirmed_by FROM guardianship g"
    " LEFT JOIN person p ON p.id = g.guardian_id WHERE g.person_id = $1",
    _GuardianRequestRow,
)
_DEPENDANTS = db.Select(
    "SELECT g.person_id, p.nickname, g.created_at, g.confirmed_at FROM guardianship g JOIN person p"
    " ON p.id = g.person_id WHERE g.guardian_id = $1 ORDER BY g.id",
    _DependantRow,
)
