"""Export and erasure of what accounts keep about a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.accounts import leaderboard_effects, logins, people, phones, session_cleanup
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings


@dataclass(slots=True)
class _ExportedPersonRow:
    id: int
    nickname: str
    born_on: str | None
    created_at: datetime
    banned_at: datetime | None
    ban_reason: str | None
    language: str | None


@dataclass(slots=True)
class _ExportedPlatformRow:
    platform: str
    linked_at: datetime


@dataclass(slots=True)
class _PhoneBindingRow:
    bound_at: datetime


@dataclass(slots=True)
class _ExportedSessionRow:
    id: int
    platform: str
    device: str | None
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_why: str | None


@dataclass(slots=True)
class _ExportedRefreshRow:
    session_id: int
    issued_at: datetime
    used_at: datetime | None


_FIND_PERSON = db.Select(
    f"SELECT {db.columns(_ExportedPersonRow)} FROM person WHERE id = $1 AND erased_at IS NULL", _ExportedPersonRow
)
_LIST_PLATFORMS = db.Select(
    "SELECT platform, created_at AS linked_at FROM platform_identity WHERE person_id = $1 ORDER BY id",
    _ExportedPlatformRow,
)
_FIND_PHONE_BINDING = db.Select("SELECT bound_at FROM person_phone WHERE person_id = $1", _PhoneBindingRow)
_LIST_SESSIONS = db.Select(
    f"SELECT {db.columns(_ExportedSessionRow)} FROM login_session WHERE person_id = $1 ORDER BY id",
    _ExportedSessionRow,
)
_LIST_REFRESHES = db.Select(
    f"SELECT {db.columns(_ExportedRefreshRow, 't')} FROM refresh_token t JOIN login_session s ON s.id = t.session_id"
    " WHERE s.person_id = $1 ORDER BY t.id",
    _ExportedRefreshRow,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person, their sessions and refreshes. An erased person has no file.

    The platforms' own ids stay on the server: they mean nothing to other systems.
    """
    person = await _FIND_PERSON.first(subject.person_id)
    if person is None:
        return
    binding = await _FIND_PHONE_BINDING.first(subject.person_id)
    yield ExportFile.from_rows(
        "person.json",
        [
            db.as_dict(person)
            | {
                "telephone": await phones.find_full_number(settings, subject.person_id),
                "telephone_bound_at": binding and binding.bound_at,
                "platforms": [db.as_dict(row) for row in await _LIST_PLATFORMS.all(subject.person_id)],
            }
        ],
    )
    yield ExportFile.from_rows("sessions.json", await _LIST_SESSIONS.all(subject.person_id))
    yield ExportFile.from_rows("refreshes.json", await _LIST_REFRESHES.all(subject.person_id))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete the logins, telephone number and sessions, and remove the name."""
    del content
    await logins.erase(subject.person_id)
    await phones.unbind(subject.person_id)
    await session_cleanup.erase(subject.person_id)
    await people.erase(subject.person_id)
    await leaderboard_effects.queue_presence(subject.person_id)


PART = Part(room="accounts", export=export, erase=erase)
