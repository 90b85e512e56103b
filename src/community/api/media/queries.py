"""Root fields about pictures."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.kernel.errors import InvalidInput
from community.media import queries
from community.media.queries import MediaRow
from community.submissions.rules import MAX_MEDIA


@object_type
class MediaQuery:
    """Root fields about pictures."""

    @query
    async def my_media(
        self, info: Info, ids: Annotated[list[strawberry.ID], argument(f"Ids of pictures, at most {MAX_MEDIA}.")]
    ) -> list[MediaRow | None]:
        """The viewer's pictures with these ids, in order. Null for each that is not the viewer's.

        While some are processing, query again after `pollAfterMs`.
        """
        if len(ids) > MAX_MEDIA:
            raise InvalidInput("too_many_pictures", max=MAX_MEDIA, actual=len(ids), path=("ids",))
        return await queries.find_own(info.context.viewer_id, [_decode_media_id(given) for given in ids])


def _decode_media_id(given: strawberry.ID) -> int:
    return ids.decode("Media", given, path="ids")
