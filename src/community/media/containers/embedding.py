"""Orientation and colour profile, put into a file without them."""

from __future__ import annotations

import struct
import zlib

from community.media.containers.common import read_int
from community.media.containers.jpeg import build_segment
from community.media.containers.png import build_chunk

_PROFILE_PART_BYTES = 65_000
_APP0, _APP1, _APP2 = 0xE0, 0xE1, 0xE2
_PNG_HEAD_BYTES = 33


def embed_in_jpeg(picture: bytes, *, turned: int, profile: bytes | None) -> bytes:
    """Return a JPEG that viewers show upright and in its colours. `turned` is 1 to 8 as in EXIF."""
    at = 4 + read_int(picture, 4, 2) if picture[2:4] == bytes((0xFF, _APP0)) else 2
    segments = [] if turned == 1 else [build_segment(_APP1, b"Exif\0\0" + _build_exif(turned))]
    block = profile or b""
    parts = [block[start : start + _PROFILE_PART_BYTES] for start in range(0, len(block), _PROFILE_PART_BYTES)]
    for number, part in enumerate(parts, start=1):
        segments.append(build_segment(_APP2, b"ICC_PROFILE\0" + bytes((number, len(parts))) + part))
    return b"".join((picture[:at], *segments, picture[at:]))


def embed_in_png(picture: bytes, *, turned: int, profile: bytes | None) -> bytes:
    """Return a PNG that viewers show upright and in its colours. `turned` is 1 to 8 as in EXIF."""
    chunks = [] if profile is None else [build_chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))]
    if turned != 1:
        chunks.append(build_chunk(b"eXIf", _build_exif(turned)))
    return b"".join((picture[:_PNG_HEAD_BYTES], *chunks, picture[_PNG_HEAD_BYTES:]))


def _build_exif(turned: int) -> bytes:
    """Build a block with an orientation only."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)
