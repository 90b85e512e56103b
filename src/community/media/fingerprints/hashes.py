"""The hashes of a square, and the rule for candidates."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import add, mul, sub

from PIL import Image, ImageChops, ImageFilter, ImageOps

from community.media.fingerprints.squares import SIDE, WHOLE, Box, cut

CROPS: tuple[Box, ...] = (
    (0.05, 0.05, 0.95, 0.95),
    (0.05, 0.0, 1.0, 1.0),
    (0.0, 0.05, 1.0, 1.0),
    (0.0, 0.0, 0.95, 1.0),
    (0.0, 0.0, 1.0, 0.95),
)
"""The parts of a picture that have a stored hash."""
WITHOUT_CAPTION: tuple[Box, ...] = ((0.0, 0.0, 1.0, 0.88), (0.0, 0.12, 1.0, 1.0))
"""The parts that are only asked for, because they may lack a caption."""

MAX_BITS = 12
MAX_GRADIENT_BITS = 10
MAX_COPY_BITS = 6
"""Limit of both hashes of the whole picture, where no square is left to compare."""

_SAMPLES = 32
_HALF = _SAMPLES // 2
_BITS = 64
# The lowest frequencies without the constant, as (across, down).
_FREQUENCIES = sorted(
    ((u, v) for u in range(_HALF) for v in range(_HALF) if u or v), key=lambda pair: (sum(pair), max(pair), pair)
)[:_BITS]
_MAX_FREQUENCY = max(map(max, _FREQUENCIES))
_COSINES = [
    [math.cos(math.pi * u * (2 * x + 1) / (2 * _SAMPLES)) for x in range(_HALF)] for u in range(_MAX_FREQUENCY + 1)
]
_MIRROR = sum(1 << place for place, (u, _) in enumerate(_FREQUENCIES) if u % 2)
"""The bits that change when a picture is mirrored: the signs of the odd frequencies across."""
_BORDER_TOLERANCE = 24
_MAX_BORDER_PX = SIDE // 5
_STORED = struct.Struct(">7Q")


@dataclass(frozen=True, slots=True)
class Hashes:
    """The stored hashes of a picture, each of 64 bits."""

    whole: int
    crops: tuple[int, ...]
    gradient: int

    def pack(self) -> bytes:
        """Return the hashes in 56 bytes."""
        return _STORED.pack(self.whole, *self.crops, self.gradient)


def unpack(data: bytes) -> Hashes:
    """Return hashes from their 56 bytes."""
    whole, *crops, gradient = _STORED.unpack(data)
    return Hashes(whole, tuple(crops), gradient)


def compute_hashes(square: Image.Image) -> Hashes:
    """Return the hashes of a square that are stored."""
    even = ImageOps.equalize(square)
    return Hashes(_hash_part(even, WHOLE), tuple(_hash_part(even, box) for box in CROPS), _hash_gradients(square))


@dataclass(frozen=True, slots=True)
class Question:
    """The hashes by which a picture is searched for, as itself and mirrored.

    `parts` are pairs of a part and its hash, the whole picture first.
    """

    parts: tuple[tuple[Box, int], ...]
    gradient: int

    @property
    def whole(self) -> int:
        """The hash of the whole picture."""
        return self.parts[0][1]


def build_question(square: Image.Image, hashes: Hashes) -> Question:
    """Return the hashes to search for. `hashes` are those of the square."""
    even = ImageOps.equalize(square)
    inner = find_inner_part(square)
    further = WITHOUT_CAPTION if inner is None else (*WITHOUT_CAPTION, inner)
    return Question(
        (
            (WHOLE, hashes.whole),
            *zip(CROPS, hashes.crops, strict=True),
            *((box, _hash_part(even, box)) for box in further),
        ),
        hashes.gradient,
    )


@dataclass(frozen=True, slots=True, order=True)
class Pairing:
    """Two parts of two pictures whose hashes are near.

    `asked` is a part of the mirrored picture if `mirrored`.
    """

    distance: int
    mirrored: bool
    stored: Box
    asked: Box


def find_pairings(question: Question, stored: Hashes) -> list[Pairing]:
    """Return the near parts, the nearest first. Without any the pictures are no candidates."""
    return sorted(_iter_pairings(question, stored))


def _iter_pairings(question: Question, stored: Hashes) -> Iterator[Pairing]:
    for mirrored in (False, True):
        change = _MIRROR if mirrored else 0
        for box, part in question.parts:
            distance = (stored.whole ^ part ^ change).bit_count()
            if distance <= MAX_BITS:
                yield Pairing(distance, mirrored, WHOLE, mirror_box(box) if mirrored else box)
        whole = question.whole ^ change
        for box, crop in zip(CROPS, stored.crops, strict=True):
            distance = (crop ^ whole).bit_count()
            if distance <= MAX_BITS:
                yield Pairing(distance, mirrored, box, WHOLE)
        gradient = mirror_gradient(question.gradient) if mirrored else question.gradient
        distance = (stored.gradient ^ gradient).bit_count()
        if distance <= MAX_GRADIENT_BITS:
            yield Pairing(distance, mirrored, WHOLE, WHOLE)


def is_near_copy(question: Question, stored: Hashes) -> bool:
    """Return True if both hashes of the whole picture are very near."""
    whole, gradient = question.whole ^ stored.whole, question.gradient ^ stored.gradient
    return max(whole.bit_count(), gradient.bit_count()) <= MAX_COPY_BITS


def mirror_hash(hash_: int) -> int:
    """Return the hash of the mirrored part."""
    return hash_ ^ _MIRROR


def mirror_gradient(hash_: int) -> int:
    """Return the gradient hash of the mirrored picture. Each row is reversed, and each rise is a fall."""
    return int.from_bytes(hash_.to_bytes(8, "big").translate(_REVERSED_FALLS), "big")


_REVERSED_FALLS = bytes(255 ^ int(f"{row:08b}"[::-1], 2) for row in range(256))


def mirror_box(box: Box) -> Box:
    """Return the same part of the mirrored picture."""
    left, top, right, lower = box
    return 1 - right, top, 1 - left, lower


def find_inner_part(square: Image.Image) -> Box | None:
    """Return the part inside an even border, or None if there is no border."""
    left = _count_even(square, lambda place: (place, 0, place + 1, SIDE))
    top = _count_even(square, lambda place: (0, place, SIDE, place + 1))
    right = _count_even(square, lambda place: (SIDE - 1 - place, 0, SIDE - place, SIDE))
    lower = _count_even(square, lambda place: (0, SIDE - 1 - place, SIDE, SIDE - place))
    if not any((left, top, right, lower)):
        return None
    return left / SIDE, top / SIDE, 1 - right / SIDE, 1 - lower / SIDE


def _count_even(square: Image.Image, line: Callable[[int], tuple[int, int, int, int]]) -> int:
    """Return the number of even lines from one edge. The last may be mixed with the picture, and counts too."""
    for place in range(_MAX_BORDER_PX):
        levels = square.crop(line(place)).tobytes()
        if max(levels) - min(levels) > _BORDER_TOLERANCE:
            return place + 1 if place else 0
    return 0


def _hash_part(square: Image.Image, box: Box) -> int:
    """Return the signs of the lowest frequencies of a part, as 64 bits."""
    pixels = cut(square, box, _SAMPLES, Image.Resampling.BOX).tobytes()
    rows = [
        _transform(pixels[start : start + _SAMPLES], range(_MAX_FREQUENCY + 1))
        for start in range(0, len(pixels), _SAMPLES)
    ]
    columns = [_fold(column) for column in zip(*rows, strict=True)]
    bits = 0
    for place, (u, v) in enumerate(_FREQUENCIES):
        if sum(map(mul, _COSINES[v], columns[u][v % 2])) > 0:
            bits |= 1 << place
    return bits


def _transform(line: bytes, frequencies: range) -> list[float]:
    folded = _fold(line)
    return [sum(map(mul, _COSINES[u], folded[u % 2])) for u in frequencies]


def _fold(line: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return sums and differences of values at the same distance from the middle.

    Even cosines need only the sums, odd ones only the differences.
    """
    first, last = line[:_HALF], line[: _HALF - 1 : -1]
    return list(map(add, first, last)), list(map(sub, first, last))


def _hash_gradients(square: Image.Image) -> int:
    """Return the rises of brightness from left to right, as 64 bits. Large shadows are taken away before."""
    detail = ImageChops.subtract(square, square.filter(ImageFilter.GaussianBlur(12)), 0.25, 128)
    pixels = detail.resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for start in range(0, len(pixels), 9):
        for place in range(start, start + 8):
            bits = bits << 1 | (pixels[place] < pixels[place + 1])
    return bits
