"""Reduction of a colour profile (ICC.1) to the interpretation of colours.

A profile also names its maker, its time and its device, and may carry anything in private tags. Only curves, primaries
and tables are kept.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import ImageCms

_HEADER_BYTES = 128
_MAX_TAGS = 100
_DEVICE_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
_TAGS = frozenset(
    {
        b"wtpt",
        b"bkpt",
        b"chad",
        b"rXYZ",
        b"gXYZ",
        b"bXYZ",
        b"rTRC",
        b"gTRC",
        b"bTRC",
        b"kTRC",
        b"A2B0",
        b"A2B1",
        b"A2B2",
    }
)
_TABLE_TYPES = frozenset({b"mft1", b"mft2", b"mAB "})
_PARAMETER_COUNTS = (1, 3, 4, 5, 7)
_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_SRGB = ImageCms.createProfile("sRGB")


def reduce(profile: bytes | None) -> bytes | None:
    """Return a profile that gives the same colours, or None for an unusable one."""
    if not profile:
        return None
    try:
        reduced = _build_profile(profile)
        read = ImageCms.ImageCmsProfile(io.BytesIO(reduced))
        ImageCms.buildTransform(read, _SRGB, _MODES[read.profile.xcolor_space.strip()], "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, KeyError, IndexError, struct.error):
        return None
    return reduced


def _build_profile(profile: bytes) -> bytes:
    if profile[36:40] != b"acsp" or profile[12:16] not in _DEVICE_CLASSES:
        raise ValueError("not a colour profile")
    tags = dict(_iter_tags(profile))
    at = _HEADER_BYTES + 4 + 12 * len(tags)
    table, body = bytearray(struct.pack(">I", len(tags))), bytearray()
    places: dict[bytes, int] = {}
    for name, data in tags.items():
        if data not in places:
            places[data] = at + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, places[data], len(data))
    return _build_header(profile, at + len(body)) + bytes(table + body)


def _build_header(profile: bytes, size: int) -> bytes:
    """Build the header with version, class, colour spaces, intent and illuminant only."""
    head = bytearray(_HEADER_BYTES)
    head[0:4] = struct.pack(">I", size)
    head[8:24] = profile[8:24]
    head[36:40] = b"acsp"
    head[64:80] = profile[64:80]
    return bytes(head)


def _iter_tags(profile: bytes) -> Iterator[tuple[bytes, bytes]]:
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    for number in range(min(count, _MAX_TAGS)):
        name, start, size = struct.unpack_from(">4sII", profile, _HEADER_BYTES + 4 + 12 * number)
        data = profile[start : start + size]
        if name in _TAGS and len(data) == size:
            yield name, data[:4] + bytes(4) + data[8 : _measure_tag(data)]


def _measure_tag(data: bytes) -> int:
    """Return the length of a tag's data by its type. A tag may claim to be longer."""
    match data[:4]:
        case b"XYZ ":
            return 20
        case b"sf32":
            return 8 + 9 * 4
        case b"curv":
            return 12 + 2 * int(struct.unpack_from(">I", data, 8)[0])
        case b"para":
            return 12 + 4 * _PARAMETER_COUNTS[struct.unpack_from(">H", data, 8)[0]]
        case kind if kind in _TABLE_TYPES:
            return len(data)
    raise ValueError("unknown type of tag")
