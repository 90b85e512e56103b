"""The sizes and formats in which pictures are shown.

A member of `RenditionSize` is the one declaration of a size. Processing, the addresses, the schema and the deletion of
files derive from it.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from functools import cache

from community.kernel.enumerations import require_each


class RenditionShape(Enum):
    """The shape of a rendition."""

    WHOLE = auto()
    """The whole picture."""
    SQUARE = auto()
    """The largest square in the middle of the picture."""


class RenditionSize(StrEnum):
    """A size in which pictures are shown, with its width and shape."""

    width_px: int
    shape: RenditionShape

    def __new__(cls, name: str, width_px: int, shape: RenditionShape) -> RenditionSize:
        """Create the member."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.width_px = width_px
        member.shape = shape
        return member

    SQUARE_200 = "SQUARE_200", 200, RenditionShape.SQUARE
    WIDE_480 = "WIDE_480", 480, RenditionShape.WHOLE
    WIDE_1080 = "WIDE_1080", 1080, RenditionShape.WHOLE

    @property
    def description(self) -> str:
        """The description of the size in the schema."""
        if self.shape is RenditionShape.SQUARE:
            return f"{self.width_px} by {self.width_px} pixels, cut from the middle."
        return f"{self.width_px} pixels wide."


class RenditionFormat(StrEnum):
    """A format in which a picture is shown."""

    JPEG = "JPEG"
    WEBP = "WEBP"


_SUFFIXES = {RenditionFormat.JPEG: "jpg", RenditionFormat.WEBP: "webp"}
require_each(RenditionFormat, _SUFFIXES)


def list_sizes(shape: RenditionShape) -> list[RenditionSize]:
    """Return the sizes of a shape, the largest first."""
    return sorted((size for size in RenditionSize if size.shape is shape), key=lambda size: -size.width_px)


@cache
def build_rendition_name(size: RenditionSize, form: RenditionFormat) -> str:
    """Return the file name of a rendition, such as `480.webp`."""
    return f"{size.width_px}.{_SUFFIXES[form]}"


RENDITION_FORMATS = {build_rendition_name(size, form): form for size in RenditionSize for form in RenditionFormat}
"""The format of each rendition of a picture, by file name."""

if len(RENDITION_FORMATS) != len(RenditionSize) * len(RenditionFormat):
    raise TypeError("two rendition sizes have the same width, so their files would have the same name")
