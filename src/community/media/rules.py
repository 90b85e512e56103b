"""What a picture is shown as, under which addresses, and what is said of it: pure rules."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from community.kernel import signing
from community.kernel.enumerations import require_each
from community.kernel.texts import normalise_text
from community.media.models import MediaRefusal

MAX_UNUSED = 100
"""Pictures that a person may have which nothing uses."""
MAX_ATTEMPTS = 4
"""A picture whose work died as often is not begun again."""
UNUSED_RETENTION = timedelta(days=1)
INCOMING_FOLDER = "incoming"
INCOMING_RETENTION = timedelta(hours=1)
"""What nobody waits for there may be as old."""
MAX_ALT_TEXT_LENGTH = 200
POLL_MS = 1_000

_SIGNING_PURPOSE = "media addresses"
_NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


class RenditionSize(StrEnum):
    """How large a picture is shown."""

    SQUARE_200 = "SQUARE_200"
    WIDE_480 = "WIDE_480"
    WIDE_1080 = "WIDE_1080"


class RenditionFormat(StrEnum):
    """In which format a picture is shown."""

    JPEG = "JPEG"
    WEBP = "WEBP"


_STEMS = {RenditionSize.SQUARE_200: "200", RenditionSize.WIDE_480: "480", RenditionSize.WIDE_1080: "1080"}
_SUFFIXES = {RenditionFormat.JPEG: "jpg", RenditionFormat.WEBP: "webp"}
require_each(RenditionSize, _STEMS)
require_each(RenditionFormat, _SUFFIXES)


def build_rendition_name(size: RenditionSize, form: RenditionFormat) -> str:
    """The file's name of a rendition: `480.webp`."""
    return f"{_STEMS[size]}.{_SUFFIXES[form]}"


RENDITION_FORMATS = {build_rendition_name(size, form): form for size in RenditionSize for form in RenditionFormat}
"""Every rendition of a picture, and its format."""

REFUSAL_SENTENCES = {
    MediaRefusal.NOT_AN_IMAGE: "This is not a JPEG, PNG, WebP, GIF or HEIC picture.",
    MediaRefusal.BROKEN: "This picture is damaged or incomplete. Upload it again.",
    MediaRefusal.TOO_MANY_PIXELS: (
        "This picture has too many pixels. Make it smaller: 24 million are always few enough."
    ),
    MediaRefusal.TOO_MANY_FRAMES: "This animation is too long. Choose a still picture.",
    MediaRefusal.TOO_COMPLEX: "This picture cannot be worked on. Take or save it in another way.",
}
require_each(MediaRefusal, REFUSAL_SENTENCES)


def generate_name() -> str:
    """A name that nobody guesses (128 bits)."""
    return secrets.token_urlsafe(16)


def is_name(text: str) -> bool:
    """Whether a text has the form of such a name."""
    return _NAME_PATTERN.fullmatch(text) is not None


def normalise_alt_text(text: str | None) -> str | None:
    """What a picture shows, for those who do not see it, 1 to 200 characters. Raises InvalidInput."""
    return None if text is None else normalise_text(text, max_length=MAX_ALT_TEXT_LENGTH, path=("altText",))


# --- where the files are -------------------------------------------------------------------------------------------


def build_incoming_path(original_name: str) -> str:
    """Where the bytes lie as they came, until they have been worked on."""
    return f"{INCOMING_FOLDER}/{original_name}"


def build_original_path(original_name: str) -> str:
    """Where the original lies without its metadata."""
    return f"kept/{original_name}"


def build_profile_path(original_name: str) -> str:
    """Where the original's colour profile lies."""
    return f"kept/{original_name}.icc"


def build_rendition_path(name: str, file: str) -> str:
    """Where a rendition lies."""
    return f"shown/{name}/{file}"


# --- addresses -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaUrls:
    """Makes the addresses of pictures, and reads those that expire.

    A picture that everybody may see has its random name in its address. Any other has a ticket there: its number and a
    time, signed. Tickets are the same for a whole lifetime, so that clients need not load a picture again.
    """

    base_url: str
    secrets: tuple[str, ...]
    lifetime_s: int
    public_template: str | None = None

    def build_public_url(self, name: str, file: str) -> str:
        """The address of what everybody may see; it stays the same."""
        path = f"{name}/{file}"
        if self.public_template is not None:
            return self.public_template.replace("{path}", path)
        return f"{self.base_url}/media/{path}"

    def build_signed_url(self, media_id: int, file: str, *, now: datetime) -> str:
        """An address that works for one to two lifetimes from now on."""
        windows = int(now.timestamp()) // self.lifetime_s + 2
        expires_at = datetime.fromtimestamp(windows * self.lifetime_s, UTC)
        ticket = signing.sign(self.secrets, _SIGNING_PURPOSE, str(media_id), expires_at=expires_at)
        return f"{self.base_url}/media/{ticket}/{file}"

    def parse_ticket(self, ticket: str, *, now: datetime) -> tuple[int, datetime] | None:
        """The number that a ticket names and when it ends; None when it is not one of ours, or over."""
        signed = signing.verify(self.secrets, _SIGNING_PURPOSE, ticket, now=now)
        return None if signed is None else (int(signed.payload), signed.expires_at)
