"""Reads of pictures, avatars and a person's originals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import PUBLIC_COMMUNITY_IDS_SQL
from community.kernel import db, storage
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.media import images, paths
from community.media.models import Media, MediaRefusal, MediaState


@row_of(Media, computed=("is_public",))
class MediaRow(db.Row):
    """A picture. `is_public` is True if it is published in a public community."""

    id: int
    person_id: int
    state: MediaState
    refusal: MediaRefusal | None
    name: str
    width: int | None
    height: int | None
    placeholder: str | None
    colour: str | None
    alt_text: str | None
    created_at: datetime
    is_public: bool


_IS_PUBLIC = (
    "EXISTS (SELECT 1 FROM media_use u WHERE u.media_id = m.id AND u.published AND u.for_everyone"
    f" AND u.community_id IN ({PUBLIC_COMMUNITY_IDS_SQL}))"
)
COLUMNS = db.columns(MediaRow, "m", is_public=_IS_PUBLIC)

_BY_IDS = db.Select(f"SELECT {COLUMNS} FROM media m WHERE m.id = ANY($1)", MediaRow)
_OWN = db.Select(
    f"SELECT {COLUMNS} FROM media m WHERE m.person_id = $1 AND m.id = ANY($2) AND m.state <> 'RECEIVING'", MediaRow
)


@dataclass(slots=True)
class _StateCount:
    state: str
    count: int


_NEWEST_STATES = db.Select(
    "SELECT state, count(*) AS count FROM (SELECT state FROM media ORDER BY id DESC LIMIT 1000) newest"
    " GROUP BY state ORDER BY state",
    _StateCount,
)
_NEWEST_ORIGINALS = db.Select(
    "SELECT original_name AS name FROM (SELECT id, original_name, state FROM media ORDER BY id DESC LIMIT 100) newest"
    " WHERE state = 'READY' ORDER BY id DESC LIMIT $1",
    db.Name,
)
_BY_NAME = db.Select(f"SELECT {COLUMNS} FROM media m WHERE m.name = $1", MediaRow)


async def list_newest_originals(count: int) -> list[str]:
    """Return the names of the originals of the newest pictures, for the operator."""
    return [row.name for row in await _NEWEST_ORIGINALS.all(count)]


async def count_newest_by_state() -> list[tuple[str, int]]:
    """Return the states of the newest 1,000 pictures with their numbers, for the operator."""
    return [(row.state, row.count) for row in await _NEWEST_STATES.all()]


async def get_by_ids(media_ids: Sequence[int]) -> list[MediaRow]:
    """Return the picture of each id, in order."""
    return db.in_order(await _BY_IDS.all(list(set(media_ids))), media_ids)


async def find(media_id: int) -> MediaRow | None:
    """Return the picture of any person, or None. The caller checks who may know of it."""
    return next(iter(await _BY_IDS.all([media_id])), None)


async def find_public(name: str) -> MediaRow | None:
    """Return the public picture with this name, or None."""
    row = await _BY_NAME.first(name)
    return row if row is not None and row.is_public else None


async def find_own(person_id: int, media_ids: Sequence[int]) -> list[MediaRow | None]:
    """Return the person's own picture of each id, in order. None stands for another person's picture."""
    return db.in_order_or_none(await _OWN.all(person_id, list(set(media_ids))), media_ids)


@dataclass(slots=True)
class _AvatarRow:
    person_id: int
    media_id: int


_AVATARS = db.Select(
    "SELECT subject_id AS person_id, media_id FROM media_use WHERE subject = 'AVATAR' AND subject_id = ANY($1)",
    _AvatarRow,
)


async def find_avatars(person_ids: Sequence[int]) -> list[MediaRow | None]:
    """Return the avatar of each person, in order. None stands for no avatar."""
    media_ids = {row.person_id: row.media_id for row in await _AVATARS.all(list(set(person_ids)))}
    rows = await get_by_ids(list(media_ids.values())) if media_ids else []
    return db.in_order_or_none(rows, [media_ids.get(person_id) for person_id in person_ids])


@row_of(Media)
class UploadRow:
    """A person's picture with its metadata, for that person only."""

    id: int
    state: MediaState
    refusal: MediaRefusal | None
    original_name: str
    format: str | None
    size_bytes: int
    width: int | None
    height: int | None
    turned: int | None
    captured_at: str | None
    camera: str | None
    alt_text: str | None
    created_at: datetime


_UPLOADS = Listing(
    f"SELECT {db.columns(UploadRow)} FROM media WHERE person_id = $1 AND state NOT IN ('RECEIVING', 'REMOVED')",
    UploadRow,
)


async def list_uploads(person_id: int, request: PageRequest) -> Page[UploadRow]:
    """Return a page of a person's uploads, the oldest first, without removed ones."""
    return await _UPLOADS.page(request, person_id)


async def find_original(row: UploadRow) -> tuple[bytes, str] | None:
    """Return the upright original of a ready picture and its media type, or None.

    It has no metadata. The row has the time and the camera. This may take seconds. Raises TryAgain if the store is not
    available.
    """
    if row.state is not MediaState.READY or row.turned is None:
        return None
    data = await storage.find(paths.build_original_path(row.original_name))
    if data is None:
        return None
    profile = await storage.find(paths.build_profile_path(row.original_name))
    return images.render_original(data, turned=row.turned, profile=profile)
