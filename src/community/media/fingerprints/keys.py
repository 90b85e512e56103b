"""The keys by which pictures are searched for in a database.

A hash has four bands of 16 bits. The band of a key is the kind of the hash, the number of the band and its value. Two
hashes that differ in few bits nearly always have a band that differs in one bit at most. So a question has each band
and its 16 neighbours. A key also has the whole hash, with the sign of a database's integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from community.media.fingerprints.hashes import (
    MAX_BITS,
    MAX_GRADIENT_BITS,
    Hashes,
    Question,
    mirror_gradient,
    mirror_hash,
)

_BANDS, _BAND_BITS = 4, 16
_VALUES = (1 << _BAND_BITS) - 1
_KIND_BITS = _BAND_BITS + 2
_WHOLE, _CROP, _GRADIENT = range(3)
_MAX_BITS = {_WHOLE: MAX_BITS, _CROP: MAX_BITS, _GRADIENT: MAX_GRADIENT_BITS}
_FLIPS = (0, *(1 << bit for bit in range(_BAND_BITS)))
_HASH_BITS = 64
_HASH = (1 << _HASH_BITS) - 1


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A key of a stored picture."""

    band: int
    hash: int


def list_stored_keys(hashes: Hashes) -> list[Key]:
    """Return the keys under which a picture is stored, at most 28."""
    kinds = ((_WHOLE, hashes.whole), *((_CROP, crop) for crop in hashes.crops), (_GRADIENT, hashes.gradient))
    return sorted({Key(band, _sign(hash_)) for kind, hash_ in kinds for band in _iter_bands(kind, hash_)})


class Search:
    """The search for the pictures of a question."""

    def __init__(self, question: Question) -> None:
        wholes, gradients = [question.whole], [question.gradient]
        wholes.append(mirror_hash(question.whole))
        gradients.append(mirror_gradient(question.gradient))
        parts = [hash_ for _, hash_ in question.parts]
        asked = {
            _WHOLE: [*parts, *map(mirror_hash, parts)],
            _CROP: wholes,
            _GRADIENT: gradients,
        }
        self._asked = {kind: tuple(dict.fromkeys(hashes)) for kind, hashes in asked.items()}

    def list_bands(self) -> list[int]:
        """Return the bands under which near pictures are stored, about 900."""
        return sorted(
            {
                band ^ flip
                for kind, hashes in self._asked.items()
                for hash_ in hashes
                for band in _iter_bands(kind, hash_)
                for flip in _FLIPS
            }
        )

    def find_near(self, found: Iterable[tuple[int, int, int]]) -> set[int]:
        """Return the ids of the found rows (band, hash, id) that are near."""
        # Plain loops: a question has some thousand rows, and a call for each takes longer than the statement.
        near: set[int] = set()
        for band, hash_, number in found:
            kind, stored = band >> _KIND_BITS, hash_ & _HASH
            most = _MAX_BITS[kind]
            for asked in self._asked[kind]:
                if (stored ^ asked).bit_count() <= most:
                    near.add(number)
                    break
        return near


def _iter_bands(kind: int, hash_: int) -> Iterator[int]:
    for band in range(_BANDS):
        yield (kind * _BANDS + band) << _BAND_BITS | hash_ >> band * _BAND_BITS & _VALUES


def _sign(hash_: int) -> int:
    """Return the signed number with the same bits."""
    return hash_ - (hash_ >> _HASH_BITS - 1 << _HASH_BITS)
