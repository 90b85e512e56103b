"""Exports of personal data.

A person requests one, a job builds its archive, and an expiring link downloads it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from community.accounts import account_events
from community.communities import queries
from community.kernel import clock, db, outbox, sealing, signing
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound, require_row
from community.kernel.personal import DataSubject, ExportFile, Part
from community.kernel.tables import row_of
from community.privacy import archives
from community.privacy.models import DataExport, ExportState
from community.settings import Settings

LINK_LIFETIME = timedelta(minutes=15)
_SIGNING_PURPOSE = "export links"
_REUSE_WINDOW = timedelta(minutes=10)
_MAX_LISTED = 20


@row_of(DataExport)
class ExportRow:
    """A person's request for an export, and its state."""

    id: int
    person_id: int
    state: ExportState
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """The signed token of a download, and its expiry."""

    token: str
    expires_at: datetime


@dataclass(slots=True)
class _ArchiveRow:
    id: int
    person_id: int
    archive: str


_COLUMNS = db.columns(ExportRow)
_NEW = db.Change(
    "INSERT INTO data_export (person_id, state, requested_at) VALUES ($1, 'PENDING', $2)"
    f" ON CONFLICT (person_id) WHERE state = 'PENDING' DO NOTHING RETURNING {_COLUMNS}",
    ExportRow,
)
_LIST_LATEST = db.Select(
    f"SELECT {_COLUMNS} FROM data_export WHERE person_id = $1 ORDER BY id DESC LIMIT {_MAX_LISTED}", ExportRow
)
_FIND_OWN = db.Select(f"SELECT {_COLUMNS} FROM data_export WHERE person_id = $1 AND id = $2", ExportRow)
_LIST_ALL = db.Select(f"SELECT {_COLUMNS} FROM data_export WHERE person_id = $1 ORDER BY id", ExportRow)
_SET_ARCHIVE_NAME = db.Change(
    "UPDATE data_export SET archive = COALESCE(archive, $2) WHERE id = $1 AND state = 'PENDING'"
    f" RETURNING {db.columns(_ArchiveRow)}",
    _ArchiveRow,
)
_MARK_READY = db.Change(
    "UPDATE data_export SET state = 'READY', ready_at = $2, expires_at = $3, size_bytes = $5"
    " WHERE id = $1 AND archive = $4 AND state = 'PENDING' RETURNING id",
    db.Id,
)
_UPDATE_SIZE = db.Change(
    "UPDATE data_export SET size_bytes = $3 WHERE id = $1 AND archive = $2 AND state = 'READY' RETURNING id", db.Id
)
_FIND_BY_ARCHIVE = db.Select(f"SELECT {db.columns(_ArchiveRow)} FROM data_export WHERE archive = ANY($1)", _ArchiveRow)
_FIND_DOWNLOADABLE = db.Select(
    f"SELECT {db.columns(_ArchiveRow, 'e')} FROM data_export e JOIN person p ON p.id = e.person_id"
    " WHERE e.id = $1 AND e.state = 'READY' AND e.expires_at > $2 AND p.erased_at IS NULL AND p.banned_at IS NULL",
    _ArchiveRow,
)
_LIST_ARCHIVES = db.Select(
    f"SELECT {db.columns(_ArchiveRow)} FROM data_export WHERE person_id = $1 AND archive IS NOT NULL ORDER BY id",
    _ArchiveRow,
)
_DELETE_OLD = db.delete_batch("data_export", "state = 'EXPIRED' AND requested_at < $1", by="requested_at")
_FIND_EXPIRED = db.Select(
    f"SELECT {db.columns(_ArchiveRow)} FROM data_export WHERE state = 'READY' AND expires_at <= $1"
    " ORDER BY id LIMIT 500",
    _ArchiveRow,
)


@db.transactional
async def request(person_id: int) -> ExportRow:
    """Request an export of the person's data and return it.

    Returns the latest export if it is pending, or was requested within the last ten minutes and has not expired.
    """
    latest = await _LIST_LATEST.first(person_id)
    if (
        latest is not None
        and latest.state is not ExportState.EXPIRED
        and latest.requested_at > clock.now() - _REUSE_WINDOW
    ):
        return latest
    row = await _NEW.first(person_id, clock.now())
    if row is None:
        return next(row for row in await _LIST_LATEST.all(person_id) if row.state is ExportState.PENDING)
    await outbox.put("effects.export_personal_data", export_id=row.id)
    await account_events.record(person_id, AuditAction.EXPORT_REQUEST)
    return row


async def find_own(person_id: int, export_id: int) -> ExportRow | None:
    """Return the person's export, or None."""
    return await _FIND_OWN.first(person_id, export_id)


async def list_own(person_id: int) -> list[ExportRow]:
    """Return up to 20 exports of the person, newest first."""
    return await _LIST_LATEST.all(person_id)


async def list_all(person_id: int) -> list[ExportRow]:
    """Return every export of the person, oldest first."""
    return await _LIST_ALL.all(person_id)


async def list_archive_names(person_id: int) -> list[str]:
    """Return the names of the person's archives that may exist."""
    return [row.archive for row in await _LIST_ARCHIVES.all(person_id)]


async def get_subject(person_id: int) -> DataSubject:
    """Return the person with every membership, ended or not."""
    members = await queries.list_all_memberships(person_id)
    return DataSubject(person_id, tuple((row.community_id, row.id) for row in members))


async def build(settings: Settings, parts: Sequence[Part], export_id: int) -> None:
    """Build the archive of a pending export. Idempotent.

    The row has the archive's name before the file exists, so that the file of a killed run can be found.
    """
    row = await _SET_ARCHIVE_NAME.first(export_id, secrets.token_urlsafe(24))
    if row is None:
        return
    subject = await get_subject(row.person_id)
    size = await archives.write(settings, row.archive, iterate_files(settings, parts, subject))
    now = clock.now()
    kept_until = now + timedelta(hours=settings.export_lifetime_h)
    if size is None or await _MARK_READY.first(export_id, now, kept_until, row.archive, size) is not None:
        return
    # Another run of the same effect was faster and wrote the same archive, or the person was erased meanwhile.
    if await _UPDATE_SIZE.first(export_id, row.archive, size) is None:
        archives.delete(settings, row.archive)


async def iterate_files(
    settings: Settings, parts: Sequence[Part], subject: DataSubject
) -> AsyncIterator[tuple[str, ExportFile]]:
    """Yield each file of a person's export with its room's name."""
    for part in parts:
        async for file in part.iterate(settings, subject):
            yield part.room, file


@db.transactional
async def delete_expired_archives(settings: Settings) -> int:
    """Delete up to 500 expired archives and return the number deleted."""
    rows = await _FIND_EXPIRED.all(clock.now())
    for row in rows:
        archives.delete(settings, row.archive)
        await db.execute("UPDATE data_export SET state = 'EXPIRED', archive = NULL WHERE id = $1", row.id)
    return len(rows)


async def delete_stray_files(settings: Settings, before: datetime) -> int:
    """Delete unfinished and unknown files and return the number deleted.

    They were last written before `before`. An unknown file belongs to no export.
    """
    unfinished = archives.list_unfinished(settings, before)
    for path in unfinished:
        path.unlink(missing_ok=True)
    names = archives.list_finished(settings, before)
    known = {row.archive for row in await _FIND_BY_ARCHIVE.all(names)} if names else set()
    stray = [name for name in names if name not in known]
    for name in stray:
        archives.delete(settings, name)
    return len(unfinished) + len(stray)


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 records of expired exports and return their number.

    They were requested before `before`.
    """
    return len(await _DELETE_OLD.all(before))


def create_link(settings: Settings, row: ExportRow) -> DownloadLink | None:
    """Return a link to an archive, or None if it is not ready.

    The link is valid for 15 minutes, or until the archive expires.
    """
    if row.state is not ExportState.READY or row.expires_at is None or row.expires_at <= clock.now():
        return None
    expires_at = min(clock.now() + LINK_LIFETIME, row.expires_at).replace(microsecond=0)
    token = signing.sign(sealing.list_secrets(settings), _SIGNING_PURPOSE, str(row.id), expires_at=expires_at)
    return DownloadLink(token, expires_at)


async def resolve_link(settings: Settings, token: str) -> Path:
    """Return the file of a link. Raises NotFound if the link is not ours or has expired."""
    signed = signing.verify(sealing.list_secrets(settings), _SIGNING_PURPOSE, token, now=clock.now())
    if signed is None:
        raise NotFound
    row = require_row(await _FIND_DOWNLOADABLE.first(int(signed.payload), clock.now()), NotFound())
    path = archives.get_path(settings, row.archive)
    if not path.is_file():
        raise NotFound
    return path
