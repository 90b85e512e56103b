"""Export and erasure of what accounts keep about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.kernel import db


@dataclass(slots=True)
class _Ban:
    banned_at: datetime | None
    ban_reason: str | None


@dataclass(slots=True)
class _Platform:
    platform: str
    linked_at: datetime


@dataclass(slots=True)
class _PhoneBindingRow:
    bound_at: datetime


@dataclass(slots=True)
class _Session:
    id: int
    platform: str
    device: str | None
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_why: str | None


@dataclass(slots=True)
class _Refresh:
    session_id: int
    issued_at: datetime
    used_at: datetime | None


_BAN = db.Select(f"SELECT {db.columns(_Ban)} FROM person WHERE id = $1", _Ban)
_PLATFORMS = db.Select(
    "SELECT platform, created_at AS linked_at FROM platform_identity WHERE person_id = $1 ORDER BY id", _Platform
)
_PHONE_BINDING = db.Select("SELECT bound_at FROM person_phone WHERE person_id = $1", _PhoneBindingRow)
_SESSIONS = db.Select(
    f"SELECT {db.columns(_Session)} FROM login_session WHERE person_id = $1 ORDER BY id",
    _Session,
)
_REFRESHES = db.Select(
    f"SELECT {db.columns(_Refresh, 't')} FROM refresh_token t JOIN login_session s ON s.id = t.session_id"
    " WHERE s.person_id = $1 ORDER BY t.id",
    _Refresh,
)
