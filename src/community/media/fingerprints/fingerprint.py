"""The fingerprint of a picture, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from community.media.fingerprints import hashes, squares


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The packed hashes and the square of a picture. A flat picture has neither."""

    hashes: bytes | None = None
    square: bytes | None = None


def make_fingerprint(image: Image.Image) -> Fingerprint:
    """Return the fingerprint of a picture in its rendition of 480 pixels."""
    data = squares.make_square(image)
    if data is None:
        return Fingerprint()
    # From the stored square, so that the same hashes can be computed from it again.
    return Fingerprint(hashes.compute_hashes(squares.read_square(data)).pack(), data)
