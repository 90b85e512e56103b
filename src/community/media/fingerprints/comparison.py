"""The comparison of two squares, which decides whether they show the same picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PIL import Image, ImageChops, ImageFilter

from community.media.fingerprints import alterations
from community.media.fingerprints.correlation import Pattern
from community.media.fingerprints.hashes import Pairing
from community.media.fingerprints.squares import Box, cut

MIDDLE: Box = (0.1, 0.1, 0.9, 0.9)
"""The part of the stored square that is searched for in the other one."""
MIN_COARSE = 0.70
MIN_ROTATED_COARSE = 0.80
MIN_SAME = 0.88
"""Different pictures reach at most 0.52, pictures of the same place 0.80."""

_COARSE_SIDE, _COARSE_STEPS = 32, (0.02, 0.01)
_DETAIL_SIDE, _DETAIL_STEPS = 64, (0.008, 0.004, 0.002)
_MAX_MOVES = 12
_MOVES = (
    (1, 0, 1, 0), (-1, 0, -1, 0), (0, 1, 0, 1), (0, -1, 0, -1),
    (-0.5, 0, 0.5, 0), (0.5, 0, -0.5, 0), (0, -0.5, 0, 0.5), (0, 0.5, 0, -0.5),
)  # fmt: skip
"""The moves of a box for a step: to each side, and wider, narrower, higher and lower."""


class Likeness(StrEnum):
    """The likeness of two pictures."""

    EXACT = "EXACT"
    SAME = "SAME"
    ALTERED = "ALTERED"
    MIRRORED = "MIRRORED"


@dataclass(frozen=True, slots=True)
class _Found:
    score: float
    box: Box


def compare(asked: Image.Image, stored: Image.Image, pairings: Sequence[Pairing]) -> Likeness | None:
    """Return the likeness of two squares, or None for different pictures.

    `pairings` are the near parts, the nearest first.
    """
    for mirrored in (False, True):
        starts = [pairing for pairing in pairings if pairing.mirrored is mirrored][:2]
        if starts:
            shown = asked.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else asked
            found = _compare_upright(shown, stored, [_place_middle(start) for start in starts])
            if found is not None:
                return Likeness.MIRRORED if mirrored else found
    return None


def _place_middle(start: Pairing) -> Box:
    """Return the place of the stored middle in the other square."""
    stored, asked = start.stored, start.asked
    edges = []
    for near, far, edge in ((0, 2, MIDDLE[0]), (1, 3, MIDDLE[1]), (0, 2, MIDDLE[2]), (1, 3, MIDDLE[3])):
        scale = (asked[far] - asked[near]) / (stored[far] - stored[near])
        edges.append(min(1.0, max(0.0, asked[near] + (edge - stored[near]) * scale)))
    left, top, right, lower = edges
    return left, top, right, lower


def _compare_upright(asked: Image.Image, stored: Image.Image, starts: Sequence[Box]) -> Likeness | None:
    coarse = Pattern(_cut_coarse(stored, MIDDLE))
    score = partial(_score_coarse, coarse, asked)
    begun = [_climb(score, _Found(score(box), box), _COARSE_STEPS[:1]) for box in dict.fromkeys(starts)]
    best = _climb(score, max(begun, key=lambda found: found.score), _COARSE_STEPS[1:])
    if best.score < MIN_COARSE:
        return None
    found = _compare_detail(asked, stored, best.box)
    if found is None and best.score >= MIN_ROTATED_COARSE:
        turned = _turn_upright(coarse, asked, best)
        if turned is not None:
            found = _compare_detail(turned, stored, best.box)
    return found


def _score_coarse(pattern: Pattern, asked: Image.Image, box: Box) -> float:
    return pattern.correlate(_cut_coarse(asked, box))


def _cut_coarse(square: Image.Image, box: Box) -> Image.Image:
    return cut(square, box, _COARSE_SIDE, Image.Resampling.BILINEAR)


def _cut_detail(square: Image.Image, box: Box) -> Image.Image:
    """Return the detail of a part, around 128. Shades over more than a few pixels are taken away."""
    part = cut(square, box, _DETAIL_SIDE, Image.Resampling.BILINEAR)
    return ImageChops.subtract(part, part.filter(ImageFilter.GaussianBlur(2)), 0.5, 128)


def _compare_detail(asked: Image.Image, stored: Image.Image, start: Box) -> Likeness | None:
    pattern = Pattern(_cut_detail(stored, MIDDLE))

    def score(box: Box) -> float:
        return pattern.correlate(_cut_detail(asked, box))

    best = _climb(score, _Found(score(start), start), _DETAIL_STEPS)
    if best.score >= MIN_SAME:
        return Likeness.SAME
    if alterations.is_altered(pattern.image, _cut_detail(asked, best.box)):
        return Likeness.ALTERED
    return None


def _climb(score: Callable[[Box], float], best: _Found, steps: Sequence[float]) -> _Found:
    """Move the box as long as its score rises, by smaller and smaller steps."""
    for step in steps:
        for _ in range(_MAX_MOVES):
            moved = [_Found(score(box), box) for box in _list_moved(best.box, step)]
            better = max(moved, key=lambda found: found.score, default=best)
            if better.score <= best.score:
                break
            best = better
    return best


def _list_moved(box: Box, step: float) -> list[Box]:
    moved = []
    for move in _MOVES:
        left, top, right, lower = (edge + step * part for edge, part in zip(box, move, strict=True))
        if left >= 0 and top >= 0 and right <= 1 and lower <= 1:
            moved.append((left, top, right, lower))
    return moved


def _turn_upright(coarse: Pattern, asked: Image.Image, best: _Found) -> Image.Image | None:
    """Return the square in the most alike rotation, or None for no rotation."""
    angle, score = 0.0, best.score
    for offsets in ((-3, -2, -1, 1, 2, 3), (-0.5, 0.5)):
        turned = {angle + offset: _score_coarse(coarse, _rotate(asked, angle + offset), best.box) for offset in offsets}
        candidate = max(turned, key=lambda degrees: turned[degrees])
        if turned[candidate] > score:
            angle, score = candidate, turned[candidate]
    return _rotate(asked, angle) if angle else None


def _rotate(square: Image.Image, degrees: float) -> Image.Image:
    return square.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=128)
