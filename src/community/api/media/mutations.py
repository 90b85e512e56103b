"""Mutations of pictures and of the avatar."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import queries as accounts_queries
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.media.types import Upload
from community.api.mutations import mutation
from community.media import avatars, queries, uploads
from community.media.queries import MediaRow


@object_type
class MediaMutation:
    """Mutations of pictures and of the avatar."""

    @mutation("which uploads a picture", media="Picture, which can be used immediately.")
    async def media_upload(
        self,
        info: Info,
        file: Annotated[Upload, argument("Picture in JPEG, PNG, WebP, GIF, HEIC or AVIF.")],
        idempotency_key: Annotated[
            str,
            argument(
                "Unique key that you choose, 1 to 64 printable ASCII characters without spaces."
                " A repetition with the same key, file and `altText` returns the same picture."
            ),
        ],
        alt_text: Annotated[
            str | None, argument("Text for people who cannot see it, 1 to 200 characters. Null for none.")
        ] = None,
    ) -> MediaRow | None:
        """Upload a picture, which is processed afterwards. `POST /upload` does the same.

        Refuses with UPLOAD_EMPTY, UPLOAD_TOO_LARGE, TOO_MANY_UPLOADS, TOO_MANY_AT_ONCE, STORAGE_FULL,
        CONSENT_MISSING, GUARDIAN_NEEDED or IDEMPOTENCY_KEY_REUSED.
        """
        person_id = info.context.viewer_id
        media_id = await uploads.receive(person_id, file, key=idempotency_key, alt_text=alt_text)
        (row,) = await queries.get_by_ids([media_id])
        return row

    @mutation("which changes the avatar", person="Viewer with the new avatar.")
    async def person_set_avatar(
        self,
        info: Info,
        media_id: Annotated[
            strawberry.ID | None, argument("Id of a picture of the viewer. Null removes the avatar.")
        ] = None,
    ) -> PersonRow | None:
        """Set or remove the viewer's avatar.

        Refuses with NOT_FOUND, MEDIA_REFUSED, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing.
        """
        number = None if media_id is None else ids.decode("Media", media_id, path="mediaId")
        await avatars.set_avatar(info.context.viewer_id, number)
        (row,) = await accounts_queries.get_people([info.context.viewer_id])
        return row
