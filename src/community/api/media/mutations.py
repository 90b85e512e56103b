"""Uploading a picture, and wearing one as an avatar."""

from __future__ import annotations

import strawberry

from community.accounts import queries as accounts_queries
from community.api import ids
from community.api.accounts.types import Person
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.media.types import Media, Upload
from community.api.payloads import MutationPayload, mutation
from community.media import avatars, queries, uploads


@input_type
class MediaUploadInput:
    """A picture from a phone."""

    file: Upload = field(description="The picture: JPEG, PNG, WebP, GIF or HEIC.")
    idempotency_key: str = field(
        description="Yours to choose, 1 to 64 ASCII characters: the same key gives the same picture again."
    )
    alt_text: str | None = field(default=None, description="What it shows, 1 to 200 characters.")


@object_type
class MediaUploadPayload(MutationPayload):
    """What `mediaUpload` answers."""

    media: Media | None = field(default=None, description="The picture, which may be used at once.")


@input_type
class PersonSetAvatarInput:
    """Which picture to wear."""

    media_id: strawberry.ID | None = field(default=None, description="A picture of mine; none when it is left out.")


@object_type
class PersonSetAvatarPayload(MutationPayload):
    """What `personSetAvatar` answers."""

    person: Person | None = field(default=None, description="The person, with the new avatar.")


@object_type
class MediaMutation:
    """Uploading a picture, and wearing one as an avatar."""

    @mutation
    async def media_upload(self, info: Info, input: MediaUploadInput) -> MediaUploadPayload:
        """Upload a picture. It is answered at once, and worked on behind the answer. `POST /upload` does the same."""
        person_id = info.context.viewer_id
        media_id = await uploads.receive(
            person_id, input.file.data, client_key=input.idempotency_key, alt_text=input.alt_text
        )
        (row,) = await queries.get_by_ids([media_id])
        return MediaUploadPayload(media=Media.of(row))

    @mutation
    async def person_set_avatar(self, info: Info, input: PersonSetAvatarInput) -> PersonSetAvatarPayload:
        """Wear one of my pictures as my avatar, or none. Harmless to repeat."""
        media_id = None if input.media_id is None else ids.decode("Media", input.media_id, path="mediaId")
        await avatars.set_avatar(info.context.viewer_id, media_id)
        (row,) = await accounts_queries.get_people([info.context.viewer_id])
        return PersonSetAvatarPayload(person=Person.of(row))
