"""The likeness of two small grey pictures, exact and fast by their histograms."""

from __future__ import annotations

import math
from operator import mul

from PIL import Image, ImageChops

_LEVELS = range(256)
_SQUARES = [level * level for level in _LEVELS]


class Pattern:
    """A picture with the sums that a correlation needs. Only pixels of the mask count."""

    def __init__(self, image: Image.Image, mask: Image.Image | None = None) -> None:
        self.image = image
        self.mask = mask
        histogram = image.histogram(mask)
        self.count = sum(histogram)
        self.total = sum(map(mul, _LEVELS, histogram))
        self.squares = sum(map(mul, _SQUARES, histogram))
        self.variance = self.squares - self.total * self.total / max(1, self.count)

    def correlate(self, image: Image.Image) -> float:
        """Return the normalised correlation with a picture, -1 to 1. An even one has 0."""
        other = Pattern(image, self.mask)
        if self.variance <= 0 or other.variance <= 0:
            return 0.0
        differences = ImageChops.difference(self.image, image).histogram(self.mask)
        products = (self.squares + other.squares - sum(map(mul, _SQUARES, differences))) / 2
        covariance = products - self.total * other.total / self.count
        return float(covariance / math.sqrt(self.variance * other.variance))
