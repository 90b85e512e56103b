"""The parts of a picture file, and reading within its bounds."""

from __future__ import annotations

from dataclasses import dataclass

from community.media.models import MediaRefusal

MAX_PIXELS = 200_000_000
"""Limit of any picture. Phones have up to 200 megapixels."""
MAX_DECODED_BYTES = 350_000_000
"""Limit of what a picture takes in memory while it is decoded. 512 MB must suffice for the whole process."""
MAX_METADATA_BLOCK_BYTES = 2_097_152
"""Limit of an EXIF block or a profile. A longer one is ignored."""


class UnusableImage(Exception):  # noqa: N818 - a result about the picture, not a bug
    """The file is not a picture that can be used."""

    def __init__(self, reason: MediaRefusal) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Container:
    """The parts of a picture's file.

    `format` is the decoder's name of the format. `picture` is the file without metadata. `decoder_bytes` is the memory
    that the decoder needs beside the pixels. `has_end_marker` is False if the file has no end. Then only decoding shows
    if pixels are missing.
    """

    format: str
    picture: bytes
    exif: bytes | None = None
    profile: bytes | None = None
    frames: int = 1
    decoder_bytes: int = 0
    has_end_marker: bool = True


def read_int(data: bytes, start: int, length: int, order: str = "big") -> int:
    """Return a whole number from `length` bytes. Raises IndexError beyond the end."""
    found = data[start : start + length]
    if len(found) != length:
        raise IndexError(start)
    return int.from_bytes(found, "little" if order == "little" else "big")


def read_bytes(data: bytes, start: int, length: int) -> bytes:
    """Return `length` bytes. Raises IndexError beyond the end."""
    if start + length > len(data):
        raise IndexError(start)
    return data[start : start + length]


def drop_oversized_block(block: bytes | None) -> bytes | None:
    """Return the block, or None if it is empty or too long."""
    return block if block and len(block) <= MAX_METADATA_BLOCK_BYTES else None
