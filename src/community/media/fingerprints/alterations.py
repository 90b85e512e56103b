"""The test for a picture with a replaced part, for example a caption."""

from __future__ import annotations

from statistics import median

from PIL import Image, ImageChops

from community.media.fingerprints.correlation import Pattern

MAX_CHANGED = 0.35
MIN_REST = 0.92

_FIELDS = 8
_MIN_CHANGE = 2.0
_MAX_PART = 0.6
_EVEN = 128


def is_altered(first: Image.Image, second: Image.Image) -> bool:
    """Return True if only a part of the picture differs.

    The part is at most 35% of the fields. Both are details around 128.
    """
    even = Image.new("L", first.size, _EVEN)
    contrasts = [_list_means(ImageChops.difference(image, even)) for image in (first, second)]
    ratio = median(own / max(other, 0.5) for own, other in zip(*contrasts, strict=True))
    # The second picture may be brighter as a whole, and then has more contrast.
    second = second.point(lambda level: (level - _EVEN) * ratio + _EVEN)
    differences = _list_means(ImageChops.difference(first, second))
    changed = [
        difference > _MIN_CHANGE + _MAX_PART * max(own, other * ratio)
        for difference, own, other in zip(differences, *contrasts, strict=True)
    ]
    if not 0 < sum(changed) <= MAX_CHANGED * len(changed):
        return False
    rest = Image.frombytes("L", (_FIELDS, _FIELDS), bytes(0 if is_changed else 255 for is_changed in changed))
    mask = rest.resize(first.size, Image.Resampling.NEAREST)
    return Pattern(first, mask).correlate(second) >= MIN_REST


def _list_means(image: Image.Image) -> list[int]:
    """Return the mean of each field."""
    return list(image.resize((_FIELDS, _FIELDS), Image.Resampling.BOX).tobytes())
