"""Small pictures for tests, and the uploads that they become."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from community.communities.queries import MemberRow
from community.demo.photographs import build_exif
from community.kernel import outbox
from community.media import processing, uploads
from community.settings import Settings
from workers.execution import run_effect


@cache
def make_photo(number: int = 0) -> bytes:
    """A small photograph with all that a phone says about it; another one for another number."""
    image = Image.new("RGB", (320, 240), (90, 60 + number % 150, 30))
    image.paste((200, 200, 40 + number % 200), (40, 40, 150, 100 + number % 100))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=build_exif(1), comment=b"taken at home")
    return out.getvalue()


NOT_A_PHOTO = b"this is a text, whatever its name says"


async def upload_picture(
    member: MemberRow, number: int = 0, *, data: bytes | None = None, key: str | None = None
) -> int:
    """A picture of the member's that nobody has worked on yet."""
    given = make_photo(number) if data is None else data
    return await uploads.receive(member.person_id, given, client_key=key or f"key-{number}-{len(given)}")


async def create_ready_picture(member: MemberRow, number: int = 0, **given: object) -> int:
    """A picture of the member's that has been worked on."""
    media_id = await upload_picture(member, number, **given)
    await processing.process(media_id)
    return media_id


async def run_all_effects(settings: Settings) -> None:
    """Carry out every effect that waits, as relay and workers would."""
    while effects := await outbox.lease(lease_s=0):
        for effect in effects:
            await run_effect(settings, effect.name, effect_id=effect.id, attempt=effect.attempt)
