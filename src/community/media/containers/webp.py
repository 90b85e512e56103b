"""Container of WebP (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator

from community.media.containers.common import Container, drop_oversized_block, read_bytes, read_int

_PIXEL_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_CHUNK_BYTES = {b"VP8X": 10, b"ANIM": 6}
_METADATA_FLAGS_MASK = 0xFF & ~(0x20 | 0x08 | 0x04)
_FRAME_HEADER_BYTES = 16
"""Length of a frame's position, size and duration."""


def read(data: bytes) -> Container:
    """Return the parts of a file. Raises UnusableImage, or IndexError, ValueError or an error of a damaged file."""
    end = 8 + read_int(data, 4, 4, "little")
    if end > len(data):
        raise IndexError(end)
    out = bytearray()
    blocks: dict[bytes, bytes] = {}
    frames = 0
    for kind, payload in _iter_chunks(data, 12, end):
        if kind == b"VP8X":
            out += _build_chunk(kind, bytes((payload[0] & _METADATA_FLAGS_MASK,)) + payload[1 : _CHUNK_BYTES[kind]])
        elif kind == b"ANMF":
            frames += 1
            parts = (
                _build_chunk(*part)
                for part in _iter_chunks(payload, _FRAME_HEADER_BYTES, len(payload))
                if part[0] in _PIXEL_CHUNKS
            )
            out += _build_chunk(kind, b"".join((payload[:_FRAME_HEADER_BYTES], *parts)))
        elif kind in _PIXEL_CHUNKS or kind in _CHUNK_BYTES:
            out += _build_chunk(kind, payload[: _CHUNK_BYTES.get(kind)])
        else:
            blocks[kind] = payload
    if not out:
        raise ValueError("no picture")
    picture = b"RIFF" + (len(out) + 4).to_bytes(4, "little") + b"WEBP" + bytes(out)
    exif = blocks.get(b"EXIF")
    return Container(
        "WEBP",
        picture,
        drop_oversized_block(exif.removeprefix(b"Exif\0\0") if exif else None),
        drop_oversized_block(blocks.get(b"ICCP")),
        max(frames, 1),
    )


def _iter_chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        length = read_int(data, at + 4, 4, "little")
        yield read_bytes(data, at, 4), read_bytes(data, at + 8, length)
        at += 8 + length + length % 2


def _build_chunk(kind: bytes, payload: bytes) -> bytes:
    return b"".join((kind, len(payload).to_bytes(4, "little"), payload, b"\0" * (len(payload) % 2)))
