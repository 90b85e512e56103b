"""What a picture's file is made of: its format by content, its pixels without anything around them.

Nothing is decoded here. What every file says about itself (EXIF, XMP, IPTC, comments, thumbnails, profiles, further
pictures, whatever stands behind the end) is left out of `picture`; the decoder is given nothing else, so that no parser
of metadata ever meets what a stranger wrote. The EXIF block and the colour profile are handed out beside it.
"""

from __future__ import annotations

import struct
import zlib

from community.media.containers import gif, jpeg, png, webp
from community.media.containers.common import MAX_PIXELS, Container, UnusableImage
from community.media.models import MediaRefusal

__all__ = ["MAX_PIXELS", "Container", "UnusableImage", "read_container"]

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def read_container(data: bytes) -> Container:
    """The file in its parts. Raises Unusable for what is no picture or is damaged."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return jpeg.read(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return png.read(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return gif.read(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return webp.read(data)
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
            return Container("HEIF", data)
    except (IndexError, ValueError, struct.error, zlib.error):
        raise UnusableImage(MediaRefusal.BROKEN) from None
    raise UnusableImage(MediaRefusal.NOT_AN_IMAGE)
