"""The square of a picture: 128 by 128 grey pixels."""

from __future__ import annotations

import io
from typing import TypeAlias

from PIL import Image, ImageStat

SIDE = 128
QUALITY = 80
MIN_DEVIATION = 8
"""The least standard deviation of the pixels. A flatter picture resembles every other flat one."""

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and lower edge of a part of a picture. The whole picture is 0 to 1."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def make_square(image: Image.Image) -> bytes | None:
    """Return the square of a picture as a JPEG of about 4 kB. Return None if it is too flat."""
    square = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    if ImageStat.Stat(square).stddev[0] < MIN_DEVIATION:
        return None
    out = io.BytesIO()
    square.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def read_square(data: bytes) -> Image.Image:
    """Return the pixels of a square."""
    square = Image.open(io.BytesIO(data), formats=("JPEG",))
    square.load()
    return square


def cut(square: Image.Image, box: Box, side: int, filter_: Image.Resampling) -> Image.Image:
    """Return a part of a square, as another square of `side` pixels."""
    left, top, right, lower = box
    return square.resize((side, side), filter_, box=(left * SIDE, top * SIDE, right * SIDE, lower * SIDE))
