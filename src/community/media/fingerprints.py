"""What stands for a picture before it is there, and tells it from others."""

from __future__ import annotations

import itertools
from collections import Counter

import blurhash
from PIL import Image


def compute_placeholder(image: Image.Image) -> str:
    """The BlurHash of the picture, 28 characters: four components by three, along its longer side."""
    across = (4, 3) if image.width >= image.height else (3, 4)
    small = image.resize((across[0] * 3, across[1] * 3), Image.Resampling.BOX)
    rows = [[small.getpixel((x, y)) for x in range(small.width)] for y in range(small.height)]
    return str(blurhash.encode(rows, *across))


def compute_dominant_colour(image: Image.Image) -> str:
    """The colour that most of the picture has, as #rrggbb: the fullest of eight groups."""
    grouped = image.resize((32, 32), Image.Resampling.BOX).quantize(8)
    ((index, _),) = Counter(grouped.tobytes()).most_common(1)
    palette = grouped.getpalette() or []
    return "#" + bytes(palette[3 * index : 3 * index + 3]).hex()


def compute_perceptual_hash(image: Image.Image) -> int:
    """64 bits that stay nearly the same when the picture is scaled or saved again: which way brightness goes.

    As a signed number, which is what the databases store. Compare two by the number of bits that differ.
    """
    pixels = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        line = pixels[9 * row : 9 * row + 9]
        for left, right in itertools.pairwise(line):
            bits = bits << 1 | (left < right)
    return bits - (1 << 64) if bits >> 63 else bits
