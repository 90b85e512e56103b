"""Metadata that a camera wrote into a picture. It is kept privately and is in no rendition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import ExifTags, Image

_TIMESTAMP = re.compile(r"(\d{4}):(\d{2}):(\d{2}) (\d{2}:\d{2}:\d{2})")
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")
_MAX_CAMERA_LENGTH = 80


@dataclass(frozen=True, slots=True)
class CameraMetadata:
    """Orientation, time and camera of a picture.

    The orientation is 1 to 8 as in EXIF, the time is in ISO 8601. None means unknown.
    """

    orientation: int = 1
    captured_at: str | None = None
    camera: str | None = None


def read(block: bytes | None) -> CameraMetadata:
    """Return orientation, time and camera from an EXIF block. A damaged block gives no values."""
    if not block:
        return CameraMetadata()
    try:
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + block.removeprefix(b"Exif\0\0"))
        orientation = exif.get(ExifTags.Base.Orientation)
        details = exif.get_ifd(ExifTags.IFD.Exif)
        return CameraMetadata(
            orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,  # noqa: PLR2004 - EXIF's own
            _parse_capture_time(details),
            _normalise_camera(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model)),
        )
    except Exception:  # noqa: BLE001 - a parser may raise anything on a hostile block
        return CameraMetadata()


def _parse_capture_time(details: dict[int, object]) -> str | None:
    found = _TIMESTAMP.match(str(details.get(ExifTags.Base.DateTimeOriginal, "")))
    if found is None:
        return None
    offset = _OFFSET.match(str(details.get(ExifTags.Base.OffsetTimeOriginal, "")))
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{offset[0] if offset else ''}"


def _normalise_camera(*names: object) -> str | None:
    words = " ".join(str(name) for name in names if isinstance(name, str))
    shown = "".join(character for character in words if character.isprintable()).strip()
    return shown[:_MAX_CAMERA_LENGTH] or None
