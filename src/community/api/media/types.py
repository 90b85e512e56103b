"""Pictures as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType

import strawberry

from community.api.context import Info
from community.api.declare import declare_enum, field, object_type, query
from community.api.edge.forms import UploadedFile
from community.api.nodes import Node
from community.kernel import clock
from community.media.models import MediaRefusal, MediaState
from community.media.queries import MediaRow
from community.media.renditions import RenditionFormat, RenditionSize, build_rendition_name
from community.media.rules import POLL_MS
from community.media.texts import REFUSAL_SENTENCES

declare_enum(
    MediaState,
    name="MediaState",
    values={
        "RECEIVING": "Still on its way in.",
        "PROCESSING": "Being made safe and small; it may be used already.",
        "READY": "Can be shown.",
        "REFUSED": "Cannot be used.",
        "REMOVED": "Gone, with what it was used for or because nothing used it.",
    },
)
declare_enum(
    MediaRefusal,
    name="MediaRefusal",
    values={
        "NOT_AN_IMAGE": "Not a JPEG, PNG, WebP, GIF or HEIC picture, whatever its name says.",
        "BROKEN": "Damaged or incomplete.",
        "TOO_MANY_PIXELS": "More than 40 megapixels, or 24 of a WebP or a transparent HEIC.",
        "TOO_MANY_FRAMES": "An animation that is too long for its size.",
        "TOO_COMPLEX": "Takes more time or memory than any picture should.",
    },
)
declare_enum(
    RenditionSize,
    name="MediaSize",
    values={size.value: size.description for size in RenditionSize},
)
declare_enum(RenditionFormat, name="MediaFormat", values={"JPEG": "Shown everywhere.", "WEBP": "About half the bytes."})


def _validate_upload(value: object) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise ValueError("A file comes as a part of a multipart/form-data request.")  # noqa: TRY004 - becomes an answer
    return value


Upload = NewType("Upload", UploadedFile)
UPLOAD_SCALAR = strawberry.scalar(
    name="Upload",
    description="A file, sent as a part of a `multipart/form-data` request with the header `GraphQL-Require-Preflight`"
    " (GraphQL multipart request specification). Its place in the variables is null.",
    serialize=lambda _: None,
    parse_value=_validate_upload,
)


@object_type
class Media(Node):
    """A picture. Show its `placeholder` until it is loaded."""

    row: strawberry.Private[MediaRow]
    state: MediaState = field(description="Where it stands.")
    refusal: MediaRefusal | None = field(
        description="Why it cannot be used, for the program; null unless it was refused."
    )
    reason: str | None = field(description="Why it cannot be used, as a sentence for the person.")
    width: int | None = field(description="Its width when it stands upright, before anything was made smaller.")
    height: int | None = field(description="Its height when it stands upright.")
    placeholder: str | None = field(description="A BlurHash of 28 characters: a blurred picture to show meanwhile.")
    colour: str | None = field(description="The colour that most of it has, such as #a0522d.")
    alt_text: str | None = field(description="What it shows, for those who do not see it.")
    created_at: datetime = field(description="When it was uploaded.")
    poll_after_ms: int | None = field(description="Ask again no sooner than after this; null when it will not change.")

    @classmethod
    def of(cls, row: MediaRow) -> Media:
        """The picture of a row."""
        return cls(
            row=row,
            state=row.state,
            refusal=row.refusal,
            reason=row.refusal and REFUSAL_SENTENCES[row.refusal],
            width=row.width,
            height=row.height,
            placeholder=row.placeholder,
            colour=row.colour,
            alt_text=row.alt_text,
            created_at=row.created_at,
            poll_after_ms=POLL_MS if row.state in {MediaState.RECEIVING, MediaState.PROCESSING} else None,
        )

    @query
    def url(
        self,
        info: Info,
        size: Annotated[
            RenditionSize, strawberry.argument(description="How large: never larger than it is.")
        ] = RenditionSize.WIDE_480,
        format: Annotated[RenditionFormat, strawberry.argument(description="In which format.")] = RenditionFormat.JPEG,
    ) -> str | None:
        """Where to load it from; null until it is ready. What is published in a public community stays there; any other
        address ends after an hour or two, and is the same until the next one begins.
        """
        if self.row.state is not MediaState.READY:
            return None
        file = build_rendition_name(size, format)
        if self.row.is_public:
            return info.context.media_urls.build_public_url(self.row.name, file)
        return info.context.media_urls.build_signed_url(self.row.id, file, now=clock.now())
