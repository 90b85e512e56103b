"""Reading pictures: some by id, somebody's own, an avatar, and what is needed to hand out a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import PUBLIC_COMMUNITY_IDS_SQL
from community.kernel import db, storage
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.media import images, rules
from community.media.models import Media, MediaRefusal, MediaState


@row_of(Media, computed=("is_public",))
@dataclass(slots=True)
class MediaRow:
    """A picture as it may be told of. `is_public` when everybody may see it where it is published."""

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
    "EXISTS (SELECT 1 FROM media_use u WHERE u.media_id = m.id AND u.published"
    f" AND u.community_id IN ({PUBLIC_COMMUNITY_IDS_SQL}))"
)
COLUMNS = db.columns(MediaRow, "m", is_public=_IS_PUBLIC)

_BY_IDS = db.Select(f"SELECT {COLUMNS} FROM media m WHERE m.id = ANY($1)", MediaRow)
_OWN = db.Select(
    f"SELECT {COLUMNS} FROM media m WHERE m.person_id = $1 AND m.id = ANY($2) AND m.state <> 'RECEIVING'", MediaRow
)
_BY_NAME = db.Select(f"SELECT {COLUMNS} FROM media m WHERE m.name = $1", MediaRow)


async def get_by_ids(media_ids: Sequence[int]) -> list[MediaRow]:
    """The picture of each id, in order: one statement, however many there are and whatever they hang on."""
    found = {row.id: row for row in await _BY_IDS.all(list(set(media_ids)))}
    return [found[media_id] for media_id in media_ids]


async def find(media_id: int) -> MediaRow | None:
    """The picture, whosever it is, or None: the caller must see to who may know of it."""
    return next(iter(await _BY_IDS.all([media_id])), None)


async def find_public(name: str) -> MediaRow | None:
    """The picture of that name when everybody may see it now, or None."""
    row = await _BY_NAME.first(name)
    return row if row is not None and row.is_public else None


async def find_own(person_id: int, media_ids: Sequence[int]) -> list[MediaRow | None]:
    """The person's own picture of each id, in order; None where it is not theirs."""
    found = {row.id: row for row in await _OWN.all(person_id, list(set(media_ids)))}
    return [found.get(media_id) for media_id in media_ids]


@dataclass(slots=True)
class _AvatarRow:
    person_id: int
    media_id: int


_AVATARS = db.Select(
    "SELECT subject_id AS person_id, media_id FROM media_use WHERE subject = 'AVATAR' AND subject_id = ANY($1)",
    _AvatarRow,
)


async def find_avatars(person_ids: Sequence[int]) -> list[MediaRow | None]:
    """The avatar of each person, in order; None where there is none."""
    media = {row.person_id: row.media_id for row in await _AVATARS.all(list(set(person_ids)))}
    rows = {row.id: row for row in await get_by_ids(list(media.values()))} if media else {}
    return [rows.get(media.get(person_id, 0)) for person_id in person_ids]


# --- for the person: everything of theirs --------------------------------------------------------------------------


@row_of(Media)
@dataclass(slots=True)
class UploadRow:
    """One of a person's pictures with all that is known of it, for nobody but the person."""

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
    """Everything that a person uploaded and that is still there, oldest first."""
    return await _UPLOADS.page(request, person_id)


async def find_original(row: UploadRow) -> tuple[bytes, str] | None:
    """The kept original of a picture, upright, and its media type; None when there is none (yet, or any more).

    It has no metadata; when and with what it was taken is in the row. May take seconds of work. Raises TryAgain.
    """
    if row.state is not MediaState.READY or row.turned is None:
        return None
    data = await storage.find(rules.build_original_path(row.original_name))
    if data is None:
        return None
    profile = await storage.find(rules.build_profile_path(row.original_name))
    return images.render_original(data, turned=row.turned, profile=profile)
