"""What a picture's file is made of: its format by content, its pixels without anything around them.

Nothing is decoded here. What every file says about itself (EXIF, XMP, IPTC, comments, thumbnails, profiles, further
pictures, whatever stands behind the end) is left out of `picture`; the decoder is given nothing else, so that no parser
of metadata ever meets what a stranger wrote. The EXIF block and the colour profile are handed out beside it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from community.media.models import Reason

LARGEST_BLOCK = 2_097_152
"""A longer EXIF block or profile is not looked at."""
MOST_SCANS = 64
"""A progressive JPEG is decoded once for each of its scans."""
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class Unusable(Exception):  # noqa: N818 - an answer about the picture, not an error of the program
    """The file is no picture that can be used."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Container:
    """A picture's file in its parts: `format` as the decoder calls it, `frames` when there are several."""

    format: str
    picture: bytes
    exif: bytes | None = None
    profile: bytes | None = None
    frames: int = 1


def opened(data: bytes) -> Container:
    """The file in its parts. Raises Unusable for what is no picture, is damaged, or has no end."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
            return Container("HEIF", data)
    except (IndexError, ValueError, zlib.error):
        raise Unusable(Reason.BROKEN) from None
    raise Unusable(Reason.NOT_AN_IMAGE)


def _number(data: bytes, start: int, length: int, order: str = "big") -> int:
    piece = data[start : start + length]
    if len(piece) != length:
        raise IndexError(start)
    return int.from_bytes(piece, "little" if order == "little" else "big")


def _piece(data: bytes, start: int, length: int) -> bytes:
    if start + length > len(data):
        raise IndexError(start)
    return data[start : start + length]


# --- JPEG (ITU-T T.81) ---------------------------------------------------------------------------------------------

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_TABLES = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, _SOS}) - {0xC8}
_PLAIN_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_ADOBE_LENGTH = 12


class _Jpeg:
    def __init__(self) -> None:
        self.out: list[bytes | memoryview] = [b"\xff\xd8"]
        self.exif: bytes | None = None
        self.profile: dict[int, bytes] = {}
        self.scans = 0

    def take(self, marker: int, payload: bytes) -> None:
        """Keep what the pixels need, note what is told apart, drop the rest."""
        if marker in _TABLES:
            self._keep(marker, payload)
        elif marker == _APP0 and payload.startswith(b"JFIF\0"):
            self._keep(marker, _PLAIN_JFIF)
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= _ADOBE_LENGTH:
            self._keep(marker, payload[:_ADOBE_LENGTH])  # how the colours are to be understood
        elif marker == _APP1 and payload.startswith(b"Exif\0\0") and self.exif is None:
            self.exif = payload[6:]
        elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
            self.profile[_number(payload, 12, 1)] = payload[14:]

    def _keep(self, marker: int, payload: bytes) -> None:
        self.out += (bytes((0xFF, marker)), (len(payload) + 2).to_bytes(2, "big"), payload)


def _jpeg(data: bytes) -> Container:
    parts = _Jpeg()
    at = 2
    while True:
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:  # noqa: PLR2004 - any number of them may stand before a marker
            at += 1
        marker = data[at]
        at += 1
        if marker == _EOI:
            break
        if marker in _ALONE:
            continue
        length = _number(data, at, 2)
        if length < 2:  # noqa: PLR2004 - the length counts itself
            raise ValueError(length)
        parts.take(marker, _piece(data, at + 2, length - 2))
        at += length
        if marker == _SOS:
            at = _copy_scan(data, at, parts)
    if not parts.scans:
        raise ValueError("no scan")
    profile = b"".join(parts.profile[number] for number in sorted(parts.profile))
    return Container("JPEG", b"".join((*parts.out, b"\xff\xd9")), _short(parts.exif), _short(profile))


def _copy_scan(data: bytes, at: int, parts: _Jpeg) -> int:
    parts.scans += 1
    if parts.scans > MOST_SCANS:
        raise Unusable(Reason.TOO_COMPLEX)
    end = _END_OF_SCAN.search(data, at)
    if end is None:
        raise IndexError(at)
    parts.out.append(memoryview(data)[at : end.start()])
    return end.start()


def _short(block: bytes | None) -> bytes | None:
    return block if block and len(block) <= LARGEST_BLOCK else None


# --- PNG (ISO/IEC 15948) -------------------------------------------------------------------------------------------

_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def _png(data: bytes) -> Container:
    out = bytearray(data[:8])
    exif = profile = None
    at = 8
    while True:
        length, kind = _number(data, at, 4), _piece(data, at + 4, 4)
        chunk = _piece(data, at, length + 12)
        payload = chunk[8:-4]
        if kind in _PIXELS:
            out += chunk
        elif kind == b"eXIf":
            exif = payload
        elif kind == b"iCCP":
            packed = payload[payload.index(b"\0") + 2 :]
            profile = zlib.decompressobj().decompress(packed, LARGEST_BLOCK + 1)
        at += length + 12
        if kind == b"IEND":
            return Container("PNG", bytes(out), _short(exif), _short(profile))


# --- GIF (89a) -----------------------------------------------------------------------------------------------------

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOP = b"\x0bNETSCAPE2.0"


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1


def _gif(data: bytes) -> Container:
    at = 13 + _palette(data[10])
    out = bytearray(_piece(data, 0, at))
    frames = 0
    while (kind := data[at]) != _TRAILER:
        if kind == _EXTENSION:
            end = _blocks_end(data, at + 2)
            if data[at + 1] == _CONTROL or (data[at + 1] == _APPLICATION and data[at + 2 : at + 14] == _LOOP):
                out += _piece(data, at, end - at)
        elif kind == _IMAGE:
            frames += 1
            end = _blocks_end(data, at + 11 + _palette(data[at + 9]))
            out += _piece(data, at, end - at)
        else:
            raise ValueError(kind)
        at = end
    if not frames:
        raise ValueError("no frame")
    return Container("GIF", bytes(out) + b"\x3b", frames=frames)


# --- WebP (RFC 9649) -----------------------------------------------------------------------------------------------

_SHOWN = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_NO_METADATA = 0xFF & ~(0x20 | 0x08 | 0x04)


def _webp(data: bytes) -> Container:
    end = 8 + _number(data, 4, 4, "little")
    if end > len(data):
        raise IndexError(end)
    out = bytearray()
    blocks: dict[bytes, bytes] = {}
    frames, at = 0, 12
    while at < end:
        kind, length = _piece(data, at, 4), _number(data, at + 4, 4, "little")
        payload = _piece(data, at + 8, length)
        if kind == b"VP8X":
            payload = bytes((payload[0] & _NO_METADATA,)) + payload[1:]
        if kind in _SHOWN:
            frames += kind == b"ANMF"
            out += kind + length.to_bytes(4, "little") + payload + b"\0" * (length % 2)
        else:
            blocks[kind] = payload
        at += 8 + length + length % 2
    if not out:
        raise ValueError("no picture")
    picture = b"RIFF" + (len(out) + 4).to_bytes(4, "little") + b"WEBP" + bytes(out)
    exif = blocks.get(b"EXIF")
    return Container(
        "WEBP",
        picture,
        _short(exif.removeprefix(b"Exif\0\0") if exif else None),
        _short(blocks.get(b"ICCP")),
        max(frames, 1),
    )
