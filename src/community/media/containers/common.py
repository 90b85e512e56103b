"""What the formats have in common: the parts of a file, and reading them no further than it goes."""

from __future__ import annotations

from dataclasses import dataclass

from community.media.models import MediaRefusal

MAX_PIXELS = 40_000_000
MAX_METADATA_BLOCK_BYTES = 2_097_152
"""A longer EXIF block or profile is not looked at."""


class UnusableImage(Exception):  # noqa: N818 - an answer about the picture, not an error of the program
    """The file is no picture that can be used."""

    def __init__(self, reason: MediaRefusal) -> None:
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
    has_end_marker: bool = True


def read_int(data: bytes, start: int, length: int, order: str = "big") -> int:
    """A whole number of so many bytes. Raises IndexError beyond the end."""
    found = data[start : start + length]
    if len(found) != length:
        raise IndexError(start)
    return int.from_bytes(found, "little" if order == "little" else "big")


def read_bytes(data: bytes, start: int, length: int) -> bytes:
    """So many bytes. Raises IndexError beyond the end."""
    if start + length > len(data):
        raise IndexError(start)
    return data[start : start + length]


def drop_oversized_block(block: bytes | None) -> bytes | None:
    """A block that is worth looking at; None for an empty one and for one that is too long."""
    return block if block and len(block) <= MAX_METADATA_BLOCK_BYTES else None
