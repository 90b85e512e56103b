"""The search for near duplicates, on drawn photographs and their windows."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from community.demo.photographs import draw_photographs
from community.media.fingerprints import hashes, keys
from community.media.fingerprints.comparison import Likeness
from community.media.fingerprints.keys import FoundKeys
from community.media.fingerprints.squares import WHOLE, make_square
from tests.support.near_duplicates import (
    find_likeness,
    fingerprint,
    make_near_duplicates,
    make_shifted_windows,
)

pytestmark = pytest.mark.on_embedded
SIZE = (1200, 900)


@pytest.fixture(scope="module")
def photographs():
    """Return drawn photographs, each of another scene."""
    return [
        ImageOps.exif_transpose(Image.open(io.BytesIO(one.data))).convert("RGB") for one in draw_photographs(2, SIZE)
    ]


@pytest.fixture(scope="module")
def stored(photographs):
    return [fingerprint(str(number), image) for number, image in enumerate(photographs)]


def find_near(question, kept):
    """Return what the search finds if the database has these keys of picture 1."""
    search = keys.Search(question)
    bands = set(search.list_bands())
    read = [key for key in kept if key.band in bands]
    return search.find_near(FoundKeys([key.band for key in read], [key.hash for key in read], [1] * len(read)))


def test_near_duplicates_share_keys_and_are_the_same(photographs, stored):
    for image, picture in zip(photographs, stored, strict=True):
        kept = set(keys.list_stored_keys(picture.hashes))
        assert len(kept) <= 28
        for kind, copy in make_near_duplicates(image):
            asked = fingerprint(kind, copy)
            assert find_near(asked.question, kept) == {1}, kind
            assert find_likeness(asked, picture) is Likeness.SAME, kind


def find_changed(changed):
    """Return True if the search finds a picture with these bits of the whole hash changed, and no other hash near."""
    asked = hashes.Question(((WHOLE, 0),), 0)
    far = (1 << 64) - 1
    kept = keys.list_stored_keys(hashes.Hashes(sum(1 << bit for bit in changed), (far,) * 5, far >> 32))
    return find_near(asked, kept) == {1}


@given(st.sets(st.integers(0, 63), max_size=7))
def test_up_to_seven_changed_bits_are_always_found(changed):
    assert find_changed(changed)


@pytest.mark.parametrize(("changed", "is_found"), [
    (range(12), True),
    (range(13), False),
    ([0, 1, 16, 17, 32, 33, 48], True),
    ([0, 1, 16, 17, 32, 33, 48, 49], False),
])  # fmt: skip
def test_bits_of_all_bands_are_not_found(changed, is_found):
    assert find_changed(changed) is is_found


def test_mirrored_copy_is_told_as_mirrored(photographs, stored):
    for image, picture in zip(photographs, stored, strict=True):
        assert find_likeness(fingerprint("mirrored", ImageOps.mirror(image)), picture) is Likeness.MIRRORED


def test_copy_with_large_text_is_told_as_altered(photographs, stored):
    image = photographs[1].copy()
    place = (image.width * 0.12, image.height * 0.45)
    ImageDraw.Draw(image).text(place, "Only today", "white", font_size=image.width / 7, stroke_width=4, stroke_fill=0)
    assert find_likeness(fingerprint("altered", image), stored[1]) is Likeness.ALTERED


def test_different_photographs_are_no_match(stored):
    pairs = [(one, other) for one in stored for other in stored if one is not other]
    assert [find_likeness(*pair) for pair in pairs] == [None] * len(pairs)


def test_shifted_windows_are_no_match(photographs):
    windows = [fingerprint("window", window) for window in make_shifted_windows(photographs[1])]
    pairs = [(one, other) for number, one in enumerate(windows) for other in windows[:number]]
    assert [find_likeness(*pair) for pair in pairs] == [None] * len(pairs)


def test_mirrored_hashes_are_those_of_mirrored_picture(stored):
    square = stored[0].square
    mirrored = hashes.compute_hashes(square.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert (hashes.mirror_hash(stored[0].hashes.whole) ^ mirrored.whole).bit_count() <= 1
    assert (hashes.mirror_gradient(stored[0].hashes.gradient) ^ mirrored.gradient).bit_count() <= 4


def test_flat_picture_has_no_fingerprint():
    assert make_square(Image.new("RGB", (480, 360), (120, 130, 140))) is None
