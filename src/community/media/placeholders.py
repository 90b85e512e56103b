"""Placeholder and dominant colour of a picture."""

from __future__ import annotations

from collections import Counter

import blurhash
from PIL import Image


def compute_placeholder(image: Image.Image) -> str:
    """Return the BlurHash of the picture, 28 characters.

    It has four components along the longer side and three across.
    """
    across = (4, 3) if image.width >= image.height else (3, 4)
    small = image.resize((across[0] * 3, across[1] * 3), Image.Resampling.BOX)
    rows = [[small.getpixel((x, y)) for x in range(small.width)] for y in range(small.height)]
    return str(blurhash.encode(rows, *across))


def compute_dominant_colour(image: Image.Image) -> str:
    """Return the most frequent colour as #rrggbb, after reduction to eight colours."""
    grouped = image.resize((32, 32), Image.Resampling.BOX).quantize(8)
    ((index, _),) = Counter(grouped.tobytes()).most_common(1)
    palette = grouped.getpalette() or []
    return "#" + bytes(palette[3 * index : 3 * index + 3]).hex()
