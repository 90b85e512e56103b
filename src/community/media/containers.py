"""What a picture's file is made of: its format by content, its pixels without anything around them.

Nothing is decoded here. What every file says about itself (EXIF, XMP, IPTC, comments, thumbnails, profiles, further
pictures, whatever stands behind the end) is left out of `picture`; the decoder is given nothing else, so that no parser
of metadata ever meets what a stranger wrote. The EXIF block and the colour profile are handed out beside it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from community.media.models import Reason

MOST_PIXELS = 40_000_000
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
    """A picture's file in its parts: `format` as the decoder calls it, `frames` when there are several.

    Without `ended` the file had no end, and only its pixels show whether they are all there.
    """

    format: str
    picture: bytes
    exif: bytes | None = None
    profile: bytes | None = None
    frames: int = 1
    ended: bool = True


def opened(data: bytes) -> Container:
    """The file in its parts. Raises Unusable for what is no picture or is damaged."""
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
    except (IndexError, ValueError, struct.error, zlib.error):
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
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PLAIN_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_ADOBE_LENGTH = 12


class _Jpeg:
    def __init__(self) -> None:
        self.out: list[bytes | memoryview] = [b"\xff\xd8"]
        self.exif: bytes | None = None
        self.profile: dict[int, bytes] = {}
        self.scans = 0
        self.ended = False
        self._colours: int | None = None
        self._seen = 0

    def in_one_scan(self) -> bool:
        """Whether all that there can be has begun: the one scan of a sequential picture, with every colour in it."""
        return self.scans == 1 and self._colours == self._seen

    def take(self, marker: int, payload: bytes) -> None:
        """Keep what the pixels need, note what is told apart, drop the rest."""
        if marker in _TABLES:
            self._keep(marker, payload)
            if marker in _SEQUENTIAL:
                self._colours = _number(payload, 5, 1)
            elif marker == _SOS:
                self._seen = _number(payload, 0, 1)
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
            parts.ended = True
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
            if at == len(data):
                break
    if not parts.scans:
        raise ValueError("no scan")
    profile = b"".join(parts.profile[number] for number in sorted(parts.profile))
    picture = b"".join((*parts.out, b"\xff\xd9"))
    return Container("JPEG", picture, _short(parts.exif), _short(profile), ended=parts.ended)


def _copy_scan(data: bytes, at: int, parts: _Jpeg) -> int:
    parts.scans += 1
    if parts.scans > MOST_SCANS:
        raise Unusable(Reason.TOO_COMPLEX)
    end = _END_OF_SCAN.search(data, at)
    if end is not None:
        parts.out.append(memoryview(data)[at : end.start()])
        return end.start()
    if not parts.in_one_scan():
        raise IndexError(at)
    parts.out.append(data[at:].rstrip(b"\xff"))
    return len(data)


def _short(block: bytes | None) -> bytes | None:
    return block if block and len(block) <= LARGEST_BLOCK else None


# --- PNG (ISO/IEC 15948) -------------------------------------------------------------------------------------------

_INFLATED_AT_ONCE = 1_048_576
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_INDEXED = 3
_MOST_CLEAR = {0: 2, 2: 6, _INDEXED: 256}
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
"""Of an interlaced one: from which column and every how many, from which row and every how many."""


def _png(data: bytes) -> Container:
    exif = profile = head = None
    before, pixels, at = bytearray(), [], 8
    kind = b""
    while kind != b"IEND":
        length, kind = _number(data, at, 4), _piece(data, at + 4, 4)
        chunk = _piece(data, at, length + 12)
        payload = chunk[8:-4]
        if kind == b"IHDR" and head is None:
            head = _Head(*struct.unpack(">IIBBBBB", payload))
            before += chunk
        elif kind == b"IDAT":
            pixels.append(chunk)
        elif kind in {b"PLTE", b"tRNS"} and head is not None:
            before += _short_chunk(chunk, head)
        elif kind == b"eXIf":
            exif = payload
        elif kind == b"iCCP":
            packed = payload[payload.index(b"\0") + 2 :]
            profile = zlib.decompressobj().decompress(packed, LARGEST_BLOCK + 1)
        at += length + 12
    if head is None:
        raise ValueError("no head")
    picture = b"".join((data[:8], before, *_only_rows(pixels, head.size_bytes()), _chunk(b"IEND", b"")))
    return Container("PNG", picture, _short(exif), _short(profile))


@dataclass(frozen=True, slots=True)
class _Head:
    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int

    def size_bytes(self) -> int:
        """How many bytes all rows are, each with one for its filter. Raises Unusable for too many pixels."""
        if self.width * self.height > MOST_PIXELS:
            raise Unusable(Reason.TOO_MANY_PIXELS)
        if not self.interlaced:
            return self._rows(self.width, self.height)
        return sum(
            self._rows(-((left - self.width) // across), -((top - self.height) // down))
            for left, across, top, down in _PASSES
        )

    def _rows(self, width: int, height: int) -> int:
        bits = width * self.depth * _CHANNELS.get(self.colour, 0)
        return height * (1 + (bits + 7) // 8) if width > 0 < height else 0


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return b"".join((len(payload).to_bytes(4, "big"), kind, payload, zlib.crc32(kind + payload).to_bytes(4, "big")))


def _short_chunk(chunk: bytes, head: _Head) -> bytes:
    """A palette or what shines through, no longer than the colours need."""
    kind, payload = chunk[4:8], chunk[8:-4]
    most = _MOST_CLEAR.get(head.colour, 0) if kind == b"tRNS" else 3 * 256 * (head.colour == _INDEXED)
    if len(payload) <= most:
        return chunk
    return _chunk(kind, payload[:most]) if most else b""


def _only_rows(pixels: list[bytes], size: int) -> list[bytes]:
    """The chunks as they are when nothing but the rows is in them; otherwise the rows alone."""
    packed = b"".join(memoryview(chunk)[8:-4] for chunk in pixels)
    rows = _exact(packed, size)
    return pixels if len(rows) == len(packed) else [_chunk(b"IDAT", rows)]


def _exact(packed: bytes, size: int) -> bytes:
    """The stream of so many bytes: neither what is behind its end nor what is behind them in it."""
    stream, held = zlib.decompressobj(), 0
    for start in range(0, len(packed), _INFLATED_AT_ONCE):
        piece = packed[start : start + _INFLATED_AT_ONCE]
        for data in _inflated(stream, piece):
            held += len(data)
            if held > size:
                return _packed_again(packed, size)
        if stream.eof:
            return packed[: start + len(piece) - len(stream.unused_data)]
    return packed


def _inflated(stream: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    while piece and not stream.eof:
        yield stream.decompress(piece, _INFLATED_AT_ONCE)
        piece = stream.unconsumed_tail


def _packed_again(packed: bytes, size: int) -> bytes:
    stream, again, out = zlib.decompressobj(), zlib.compressobj(), bytearray()
    for start in range(0, len(packed), _INFLATED_AT_ONCE):
        for data in _inflated(stream, packed[start : start + _INFLATED_AT_ONCE]):
            out += again.compress(data[:size])
            size -= min(size, len(data))
            if not size:
                return bytes(out) + again.flush()
    raise IndexError(size)


# --- GIF (89a) -----------------------------------------------------------------------------------------------------

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_CONTROL_LENGTH = 4
_LOOP = b"\x0bNETSCAPE2.0\x03\x01"


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
    # Without its last byte it is as good: every frame says itself where it ends.
    while not (frames and at == len(data)) and (kind := data[at]) != _TRAILER:
        if kind == _EXTENSION:
            end = _blocks_end(data, at + 2)
            if data[at + 1] == _CONTROL and data[at + 2] == _CONTROL_LENGTH:
                out += _piece(data, at, 7) + b"\0"
            elif data[at + 1] == _APPLICATION and data[at + 2 : at + 16] == _LOOP:
                out += _piece(data, at, 18) + b"\0"
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

_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_LENGTHS = {b"VP8X": 10, b"ANIM": 6}
_NO_METADATA = 0xFF & ~(0x20 | 0x08 | 0x04)
_PLACE = 16
"""Where a frame stands, and how long."""


def _webp(data: bytes) -> Container:
    end = 8 + _number(data, 4, 4, "little")
    if end > len(data):
        raise IndexError(end)
    out = bytearray()
    blocks: dict[bytes, bytes] = {}
    frames = 0
    for kind, payload in _riff(data, 12, end):
        if kind == b"VP8X":
            out += _riff_chunk(kind, bytes((payload[0] & _NO_METADATA,)) + payload[1 : _LENGTHS[kind]])
        elif kind == b"ANMF":
            frames += 1
            parts = (_riff_chunk(*part) for part in _riff(payload, _PLACE, len(payload)) if part[0] in _PIXELS)
            out += _riff_chunk(kind, b"".join((payload[:_PLACE], *parts)))
        elif kind in _PIXELS or kind in _LENGTHS:
            out += _riff_chunk(kind, payload[: _LENGTHS.get(kind)])
        else:
            blocks[kind] = payload
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


def _riff(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        length = _number(data, at + 4, 4, "little")
        yield _piece(data, at, 4), _piece(data, at + 8, length)
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, payload: bytes) -> bytes:
    return b"".join((kind, len(payload).to_bytes(4, "little"), payload, b"\0" * (len(payload) % 2)))
