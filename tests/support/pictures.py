"""Small pictures for tests, and their uploads."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from community.communities.queries import MemberRow
from community.demo.photographs import build_exif
from community.kernel.received import ReceivedFile
from community.media import processing, uploads


@cache
def make_photo(number: int = 0) -> bytes:
    """Make a small photograph with a phone's metadata. Each number gives another one."""
    image = Image.new("RGB", (320, 240), (90, 60 + number % 150, 30))
    image.paste((200, 200, 40 + number % 200), (40, 40, 150, 100 + number % 100))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=build_exif(1), comment=b"taken at home")
    return out.getvalue()


NOT_A_PHOTO = b"this is a text, although its name says JPEG"


async def upload_picture(
    member: MemberRow,
    number: int = 0,
    *,
    data: bytes | None = None,
    key: str | None = None,
    alt_text: str | None = None,
) -> int:
    """Upload a picture that waits for processing, and return its id."""
    given = make_photo(number) if data is None else data
    return await uploads.receive(
        member.person_id, ReceivedFile.from_bytes(given), key=key or f"key-{number}-{len(given)}", alt_text=alt_text
    )


async def create_ready_picture(member: MemberRow, number: int = 0, **given: object) -> int:
    """Upload and process a picture, and return its id."""
    media_id = await upload_picture(member, number, **given)
    await processing.process(media_id)
    return media_id
