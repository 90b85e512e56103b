"""Types of pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, NewType

import strawberry

from community.api.context import Info
from community.api.declare import argument, batched, declare_enum, field, query, type_over
from community.api.edge.languages import get_language
from community.api.nodes import Node, found_by
from community.kernel import clock
from community.kernel.received import ReceivedFile
from community.media import texts
from community.media.models import MediaRefusal, MediaState
from community.media.queries import MediaRow, find_own
from community.media.renditions import RenditionFormat, RenditionSize, build_rendition_name
from community.media.rules import POLL_MS

declare_enum(
    MediaState,
    values={
        "RECEIVING": "The upload is not complete.",
        "PROCESSING": "Being processed. It can already be used.",
        "READY": "Ready to be shown.",
        "REFUSED": "Refused. It cannot be used.",
        "REMOVED": "Deleted, with its content or because nothing used it.",
    },
)
declare_enum(
    MediaRefusal,
    values={
        "NOT_AN_IMAGE": "The file is not a JPEG, PNG, WebP, GIF, HEIC or AVIF picture.",
        "BROKEN": "The file is damaged or incomplete.",
        "TOO_MANY_PIXELS": "More megapixels than can be decoded. The limit is 200 for a JPEG, less for a progressive"
        " one. It is 75 for PNG, 50 for HEIC, and 24 for WebP, AVIF and a transparent HEIC.",
        "TOO_MANY_FRAMES": "The animation is too long for its size.",
        "RARE_CODING": "A JPEG that browsers cannot show: arithmetic, lossless, hierarchical or not of 8 bits.",
        "TOO_COMPLEX": "Processing takes too much time or memory.",
    },
)
declare_enum(RenditionSize, name="MediaSize", values={size.value: size.description for size in RenditionSize})
declare_enum(
    RenditionFormat, name="MediaFormat", values={"JPEG": "Supported everywhere.", "WEBP": "About half the size."}
)


def _validate_upload(value: object) -> ReceivedFile:
    if not isinstance(value, ReceivedFile):
        raise ValueError("Send the file as a part of a multipart/form-data request.")  # noqa: TRY004 - graphql-core reports a ValueError to the client
    return value


Upload = NewType("Upload", ReceivedFile)
UPLOAD_SCALAR = strawberry.scalar(
    name="Upload",
    description="File in a `multipart/form-data` request with the header `GraphQL-Require-Preflight`."
    " See the GraphQL multipart request specification. Its place in the variables is null.",
    serialize=lambda _: None,
    parse_value=_validate_upload,
)


def translate_media_refusal(reason: MediaRefusal) -> str:
    """Return the sentence about a refused picture in the language of the request."""
    return texts.translate_refusal(reason, get_language())


def get_poll_after_ms(row: strawberry.Parent[MediaRow]) -> int | None:
    """Return the milliseconds until the state may change, or None if it is final."""
    return POLL_MS if row.state in {MediaState.RECEIVING, MediaState.PROCESSING} else None


def _carry_url(info: Info, size: RenditionSize, format: RenditionFormat) -> Callable[[MediaRow], str | None]:
    urls, file = info.context.media_urls, build_rendition_name(size, format)
    before, after = urls.split_public_url(file)
    ready = MediaState.READY

    def build(row: MediaRow) -> str | None:
        if row.state is not ready:
            return None
        return before + row.name + after if row.is_public else urls.build_signed_url(row.id, file, now=clock.now())

    return build


@type_over(MediaRow)
class Media(Node):
    """图片: an uploaded picture. Show its `placeholder` until it is loaded."""

    state = field(description="State.")
    refusal = field(description="Code of the refusal, for programs. Null unless refused.")
    width = field(description="Width of the upright original in pixels. Null until known.")
    height = field(description="Height of the upright original in pixels. Null until known.")
    placeholder = field(description="BlurHash of 28 characters, a blurred preview. Null until ready.")
    colour = field(description="Dominant colour, such as #a0522d. Null until ready.")
    alt_text = field(description="Text for people who cannot see it. Null for none.")
    created_at = field(description="Time of the upload.")
    poll_after_ms = field(
        resolver=get_poll_after_ms,
        description="Milliseconds to wait before the next query. Null if the state is final.",
    )

    @query
    def reason(row: strawberry.Parent[MediaRow]) -> str | None:
        """Sentence about the refusal to show to the person. Null unless refused."""
        return None if row.refusal is None else translate_media_refusal(row.refusal)

    @partial(batched, carried=_carry_url)
    async def url(
        rows: list[MediaRow],
        info: Info,
        size: Annotated[RenditionSize, argument("Size. The picture is never enlarged.")] = RenditionSize.WIDE_480,
        format: Annotated[RenditionFormat, argument("File format.")] = RenditionFormat.JPEG,
    ) -> list[str | None]:
        """URL of a rendition. Null until ready.

        The URL of a picture that is published in a public community is permanent. Any other URL is valid for one to
        two hours, and is the same until it is renewed.
        """
        return list(map(_carry_url(info, size, format), rows))


@found_by(MediaRow)
async def find_media(number: int, info: Info) -> MediaRow | None:
    """Return the viewer's picture, or None. Raises Unauthenticated."""
    (row,) = await find_own(info.context.viewer_id, [number])
    return row
