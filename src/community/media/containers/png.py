"""PNG (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from community.media.containers.parts import LARGEST_BLOCK, MOST_PIXELS, Container, Unusable, number, piece, short
from community.media.models import Reason

_INFLATED_AT_ONCE = 1_048_576
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_INDEXED = 3
_MOST_CLEAR = {0: 2, 2: 6, _INDEXED: 256}
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
"""Of an interlaced one: from which column and every how many, from which row and every how many."""


def read(data: bytes) -> Container:
    """The file in its parts. Raises what reading beyond its end raises, and Unusable."""
    exif = profile = head = None
    before, pixels, at = bytearray(), [], 8
    kind = b""
    while kind != b"IEND":
        length, kind = number(data, at, 4), piece(data, at + 4, 4)
        chunk = piece(data, at, length + 12)
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
    return Container("PNG", picture, short(exif), short(profile))


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
