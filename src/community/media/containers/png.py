"""Container of PNG (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from community.media.containers.common import (
    MAX_DECODED_BYTES,
    MAX_METADATA_BLOCK_BYTES,
    MAX_PIXELS,
    Container,
    UnusableImage,
    drop_oversized_block,
    read_bytes,
    read_int,
)
from community.media.models import MediaRefusal

_INFLATE_CHUNK_BYTES = 1_048_576
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_INDEXED = 3
_MAX_TRANSPARENCY_BYTES = {0: 2, 2: 6, _INDEXED: 256}
_INTERLACE_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
"""Passes of an interlaced picture: first column, column step, first row, row step."""


def read(data: bytes) -> Container:
    """Return the parts of a file. Raises UnusableImage, or IndexError, ValueError or an error of a damaged file."""
    exif = profile = head = None
    before, pixels, at = bytearray(), [], 8
    kind = b""
    while kind != b"IEND":
        length, kind = read_int(data, at, 4), read_bytes(data, at + 4, 4)
        chunk = read_bytes(data, at, length + 12)
        payload = chunk[8:-4]
        if kind == b"IHDR" and head is None:
            head = _Header(*struct.unpack(">IIBBBBB", payload))
            before += chunk
        elif kind == b"IDAT":
            pixels.append(chunk)
        elif kind in {b"PLTE", b"tRNS"} and head is not None:
            before += _truncate_chunk(chunk, head)
        elif kind == b"eXIf":
            exif = payload
        elif kind == b"iCCP":
            profile = _unpack_profile(payload)
        at += length + 12
    if head is None:
        raise ValueError("no head")
    picture = b"".join((data[:8], before, *_strip_extra_data(pixels, head.size_bytes()), build_chunk(b"IEND", b"")))
    return Container("PNG", picture, drop_oversized_block(exif), drop_oversized_block(profile))


def _unpack_profile(payload: bytes) -> bytes | None:
    """Return the profile of an iCCP chunk, or None for a damaged one. The pixels do not depend on it."""
    try:
        return zlib.decompressobj().decompress(payload[payload.index(b"\0") + 2 :], MAX_METADATA_BLOCK_BYTES + 1)
    except (ValueError, zlib.error):
        return None


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int

    def size_bytes(self) -> int:
        """Return the size of all rows, each with its filter byte. Raises UnusableImage for too many pixels."""
        pixels = self.width * self.height
        if pixels > MAX_PIXELS or pixels * self._count_decoded_bytes() > MAX_DECODED_BYTES:
            raise UnusableImage(MediaRefusal.TOO_MANY_PIXELS)
        if not self.interlaced:
            return self._measure_rows(self.width, self.height)
        return sum(
            self._measure_rows(-((left - self.width) // across), -((top - self.height) // down))
            for left, across, top, down in _INTERLACE_PASSES
        )

    def _count_decoded_bytes(self) -> int:
        """Return the bytes of a decoded pixel. Several channels take four."""
        return max(1, self.depth // 8) if _CHANNELS.get(self.colour) == 1 else 4

    def _measure_rows(self, width: int, height: int) -> int:
        bits = width * self.depth * _CHANNELS.get(self.colour, 0)
        return height * (1 + (bits + 7) // 8) if width > 0 < height else 0


def build_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return b"".join((len(payload).to_bytes(4, "big"), kind, payload, zlib.crc32(kind + payload).to_bytes(4, "big")))


def _truncate_chunk(chunk: bytes, head: _Header) -> bytes:
    """Return a palette or transparency chunk without surplus bytes."""
    kind, payload = chunk[4:8], chunk[8:-4]
    limit = _MAX_TRANSPARENCY_BYTES.get(head.colour, 0) if kind == b"tRNS" else 3 * 256 * (head.colour == _INDEXED)
    if len(payload) <= limit:
        return chunk
    return build_chunk(kind, payload[:limit]) if limit else b""


def _strip_extra_data(pixels: list[bytes], size: int) -> list[bytes]:
    """Return chunks that contain the rows and nothing else."""
    packed = b"".join(memoryview(chunk)[8:-4] for chunk in pixels)
    rows = _truncate_stream(packed, size)
    return pixels if len(rows) == len(packed) else [build_chunk(b"IDAT", rows)]


def _truncate_stream(packed: bytes, size: int) -> bytes:
    """Return the stream with `size` bytes of rows and no data behind them."""
    stream, count = zlib.decompressobj(), 0
    for start in range(0, len(packed), _INFLATE_CHUNK_BYTES):
        piece = packed[start : start + _INFLATE_CHUNK_BYTES]
        for data in _inflate(stream, piece):
            count += len(data)
            if count > size:
                return _recompress(packed, size)
        if stream.eof:
            return packed[: start + len(piece) - len(stream.unused_data)]
    return packed


def _inflate(stream: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    while piece and not stream.eof:
        yield stream.decompress(piece, _INFLATE_CHUNK_BYTES)
        piece = stream.unconsumed_tail


def _recompress(packed: bytes, size: int) -> bytes:
    stream, again, out = zlib.decompressobj(), zlib.compressobj(), bytearray()
    for start in range(0, len(packed), _INFLATE_CHUNK_BYTES):
        for data in _inflate(stream, packed[start : start + _INFLATE_CHUNK_BYTES]):
            out += again.compress(data[:size])
            size -= min(size, len(data))
            if not size:
                return bytes(out) + again.flush()
    raise IndexError(size)
