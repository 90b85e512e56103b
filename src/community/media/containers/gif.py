"""Container of GIF (89a)."""

from __future__ import annotations

from community.media.containers.common import Container, read_bytes

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_CONTROL_LENGTH = 4
_LOOP_EXTENSION = b"\x0bNETSCAPE2.0\x03\x01"


def _measure_palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _find_blocks_end(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1


def read(data: bytes) -> Container:
    """Return the parts of a file. Raises UnusableImage, or IndexError, ValueError or an error of a damaged file."""
    at = 13 + _measure_palette(data[10])
    out = bytearray(read_bytes(data, 0, at))
    frames = 0
    # The trailer may be missing, because each frame says where it ends.
    while not (frames and at == len(data)) and (kind := data[at]) != _TRAILER:
        if kind == _EXTENSION:
            end = _find_blocks_end(data, at + 2)
            if data[at + 1] == _CONTROL and data[at + 2] == _CONTROL_LENGTH:
                out += read_bytes(data, at, 7) + b"\0"
            elif data[at + 1] == _APPLICATION and data[at + 2 : at + 16] == _LOOP_EXTENSION:
                out += read_bytes(data, at, 18) + b"\0"
        elif kind == _IMAGE:
            frames += 1
            end = _find_blocks_end(data, at + 11 + _measure_palette(data[at + 9]))
            out += read_bytes(data, at, end - at)
        else:
            raise ValueError(kind)
        at = end
    if not frames:
        raise ValueError("no frame")
    return Container("GIF", bytes(out) + b"\x3b", frames=frames)
