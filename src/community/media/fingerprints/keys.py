"""The keys by which pictures are searched for in a database.

A hash has four bands of 16 bits. A key is the kind of the hash, the number of the band and its value. Two hashes that
differ in few bits nearly always have a band that differs in one bit at most. So a question has each band and its 16
neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator

from community.media.fingerprints.hashes import Hashes, Question, mirror_gradient, mirror_hash

_BANDS, _BAND_BITS = 4, 16
_VALUES = (1 << _BAND_BITS) - 1
_WHOLE, _CROP, _GRADIENT = range(3)
_FLIPS = (0, *(1 << bit for bit in range(_BAND_BITS)))


def list_stored_keys(hashes: Hashes) -> list[int]:
    """Return the keys under which a picture is stored, at most 28."""
    kinds = ((_WHOLE, hashes.whole), *((_CROP, crop) for crop in hashes.crops), (_GRADIENT, hashes.gradient))
    return sorted({prefix | value for kind, hash_ in kinds for prefix, value in _iter_bands(kind, hash_)})


def list_asked_keys(question: Question) -> list[int]:
    """Return the keys under which near pictures are stored, about 900."""
    kinds = [(_WHOLE, hash_) for _, hash_ in question.parts]
    for whole, gradient in (
        (question.whole, question.gradient),
        (mirror_hash(question.whole), mirror_gradient(question.gradient)),
    ):
        kinds += [(_WHOLE, whole), (_CROP, whole), (_GRADIENT, gradient)]
    found = {
        prefix | value ^ flip
        for kind, hash_ in dict.fromkeys(kinds)
        for prefix, value in _iter_bands(kind, hash_)
        for flip in _FLIPS
    }
    return sorted(found)


def _iter_bands(kind: int, hash_: int) -> Iterator[tuple[int, int]]:
    """Yield the prefix of each key of a hash, and the band's value."""
    for band in range(_BANDS):
        yield (kind * _BANDS + band) << _BAND_BITS, hash_ >> band * _BAND_BITS & _VALUES
