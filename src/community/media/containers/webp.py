"""WebP (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator

from community.media.containers.parts import Container, number, piece, short

_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_LENGTHS = {b"VP8X": 10, b"ANIM": 6}
_NO_METADATA = 0xFF & ~(0x20 | 0x08 | 0x04)
_PLACE = 16
"""Where a frame stands, and how long."""


def read(data: bytes) -> Container:
    """The file in its parts. Raises what reading beyond its end raises, and Unusable."""
    end = 8 + number(data, 4, 4, "little")
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
        short(exif.removeprefix(b"Exif\0\0") if exif else None),
        short(blocks.get(b"ICCP")),
        max(frames, 1),
    )


def _riff(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        length = number(data, at + 4, 4, "little")
        yield piece(data, at, 4), piece(data, at + 8, length)
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, payload: bytes) -> bytes:
    return b"".join((kind, len(payload).to_bytes(4, "little"), payload, b"\0" * (len(payload) % 2)))
