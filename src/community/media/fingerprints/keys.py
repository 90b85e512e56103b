"""The keys by which pictures are searched for in a database.

A hash has four bands of 16 bits. The band of a key is the kind of the hash, the number of the band and its value. A
question has each band and its 16 neighbours, which differ in one bit. Two hashes that differ in at most seven bits have
such a band, because eight bits are needed for two in each band. Of those that differ in 8 to 12 bits some are not
found. A copy has several hashes, and nearly always one of them is found. A key also has the whole hash, with the sign
of a database's integer.
"""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(slots=True)
class FoundKeys:
    """Keys of pictures in the database, as lists of the same length."""

    # Not a row for each: some thousand new objects start collections of garbage, which may take 50 ms.
    bands: list[int]
    hashes: list[int]
    fingerprint_ids: list[int]


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
        self._own: set[int] = set()
        self._by_band: dict[int, list[int]] = {}
        for kind, hashes in asked.items():
            for hash_ in dict.fromkeys(hashes):
                for band in _iter_bands(kind, hash_):
                    self._own.add(band)
                    for flip in _FLIPS:
                        self._by_band.setdefault(band ^ flip, []).append(hash_)

    def list_bands(self) -> list[int]:
        """Return the bands under which near pictures are stored, about 900."""
        return sorted(self._by_band)

    def list_own_bands(self) -> list[int]:
        """Return the bands of the question without their neighbours, about 60.

        A hash that differs in at most three bits has one of them.
        """
        return sorted(self._own)

    def find_near(self, found: FoundKeys) -> set[int]:
        """Return the ids of the pictures with a near hash in the same band."""
        # Plain loops: a question has some thousand keys, and a call for each takes longer than the statement.
        near: set[int] = set()
        by_band = self._by_band
        for band, stored, fingerprint_id in zip(found.bands, found.hashes, found.fingerprint_ids, strict=True):
            most = _MAX_BITS[band >> _KIND_BITS]
            for asked in by_band[band]:
                if (stored & _HASH ^ asked).bit_count() <= most:
                    near.add(fingerprint_id)
        return near


def _iter_bands(kind: int, hash_: int) -> Iterator[int]:
    for band in range(_BANDS):
        yield (kind * _BANDS + band) << _BAND_BITS | hash_ >> band * _BAND_BITS & _VALUES


def _sign(hash_: int) -> int:
    """Return the signed number with the same bits."""
    return hash_ - (hash_ >> _HASH_BITS - 1 << _HASH_BITS)
