"""The demo's search for metadata in a downloaded picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from community.demo.chapters.pictures import list_metadata
from community.media import images
from tests.media import corpus
from tests.media.corpus import SECRET, encoded, picture, segment


def read(data: bytes) -> list[str]:
    return list_metadata(Image.open(io.BytesIO(data)))


def with_letters(data: bytes, letters: bytes) -> bytes:
    """Write letters into a JPEG's compressed pixels, where they may occur by chance."""
    at = data.index(b"\xff\xda") + 400
    return data[:at] + letters + data[at + len(letters) :]


def test_a_picture_that_was_made_tells_nothing_whatever_letters_chance_puts_into_it():
    made = images.make(encoded(picture(), "JPEG", exif=corpus.build_secret_exif(), comment=SECRET)).files
    for data in made.values():
        assert read(data) == []
    for letters in (b"GPS", b"Exif"):
        assert read(with_letters(made["1080.jpg"], letters)) == []


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded(picture(), "JPEG", exif=corpus.build_secret_exif()), "APP1"),
        (encoded(picture(), "JPEG", comment=SECRET), "COM"),
        (encoded(picture(), "JPEG", icc_profile=corpus.profile()), "icc_profile"),
        (corpus.after_soi(encoded(picture(), "JPEG"), segment(0xED, b"Photoshop 3.0\0" + SECRET)), "APP13"),
        (encoded(picture(), "WEBP", exif=corpus.build_secret_exif()), "exif"),
        (encoded(picture(), "WEBP", xmp=SECRET), "xmp"),
        (encoded(picture(), "PNG", exif=corpus.build_secret_exif()), "exif"),
    ],
)
def test_what_a_picture_tells_is_seen(data, name):
    assert name in read(data)
