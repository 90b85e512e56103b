"""Picture files in parts, by content, with the pixels apart from metadata.

Nothing is decoded here. `Container.picture` omits EXIF, XMP, IPTC, comments, thumbnails, profiles, further pictures and
any bytes behind the end. The decoder gets nothing else, so that no metadata parser reads hostile input. The EXIF block
and the colour profile are separate fields.
"""

from __future__ import annotations

import struct
import zlib

from community.media.containers import gif, jpeg, png, webp
from community.media.containers.common import MAX_DECODED_BYTES, MAX_PIXELS, Container, UnusableImage, read_int
from community.media.models import MediaRefusal

__all__ = ["MAX_DECODED_BYTES", "MAX_PIXELS", "Container", "UnusableImage", "read_container"]

_MAX_BRANDS_BYTES = 256
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def read_container(data: bytes) -> Container:
    """Return the parts of a file. Raises UnusableImage if it is not a picture or is damaged."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return jpeg.read(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return png.read(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return gif.read(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return webp.read(data)
        brands = _read_brands(data)
        if brands & _AVIF_BRANDS:
            return Container("AVIF", data)
        if brands & _HEIF_BRANDS:
            return Container("HEIF", data)
    except (IndexError, ValueError, struct.error, zlib.error):
        raise UnusableImage(MediaRefusal.BROKEN) from None
    raise UnusableImage(MediaRefusal.NOT_AN_IMAGE)


def _read_brands(data: bytes) -> set[bytes]:
    """Return the brands of an ISO base media file, or none."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(read_int(data, 0, 4), _MAX_BRANDS_BYTES, len(data))
    return {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
