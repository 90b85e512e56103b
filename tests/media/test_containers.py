"""Separation of a file into pixels and metadata. No metadata remains with the pixels."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from community.media import images
from community.media.containers import UnusableImage, read_container
from community.media.containers.common import MAX_METADATA_BLOCK_BYTES
from community.media.containers.jpeg import MAX_SCANS
from tests.media import corpus
from tests.media.corpus import SECRET, build_secret_exif, encoded, many_scans, picture, profile, segment


@pytest.mark.parametrize(
    ("form", "options", "name"),
    [
        ("JPEG", {"exif": build_secret_exif(), "comment": SECRET}, "JPEG"),
        ("PNG", {"exif": build_secret_exif()}, "PNG"),
        ("WEBP", {"exif": build_secret_exif(), "xmp": SECRET}, "WEBP"),
        ("GIF", {"comment": SECRET}, "GIF"),
    ],
)
def test_format_is_detected_by_content(form, options, name):
    container = read_container(encoded(picture(), form, **options))
    assert container.format == name
    assert SECRET not in container.picture
    if form != "GIF":
        assert SECRET in container.exif


def test_profile_is_separate_from_picture():
    made = profile()  # which contains its creation time
    for form in ("JPEG", "PNG", "WEBP"):
        container = read_container(encoded(picture(), form, icc_profile=made))
        assert container.profile == made
        assert b"ICC" not in container.picture
        assert b"iCCP" not in container.picture


def test_profile_in_pieces_is_joined():
    pieces = [segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 3)) + text)
              for number, text in ((2, b"two"), (1, b"one"), (3, b"three"))]  # fmt: skip
    assert read_container(corpus.after_soi(encoded(picture(), "JPEG"), *pieces)).profile == b"onetwothree"


def test_oversized_block_is_ignored():
    pieces = [segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 40)) + b"x" * 60_000) for number in range(40)]
    assert MAX_METADATA_BLOCK_BYTES < 40 * 60_000
    assert read_container(corpus.after_soi(encoded(picture(), "JPEG"), *pieces)).profile is None


def test_container_read_twice_is_equal():
    for odd in corpus.formats():
        container = read_container(odd.data)
        if container.format != "HEIF":
            assert read_container(container.picture).picture == container.picture, odd.name


def test_frames_are_counted_without_decoding():
    assert read_container(corpus.gif(70, (40, 30))).frames == 70
    assert read_container(encoded(picture(), "PNG")).frames == 1


def test_progressive_jpeg_beyond_scan_limit_is_refused():
    data = encoded(picture((64, 48)), "JPEG", progressive=True)
    assert read_container(many_scans(data, 20)).format == "JPEG"
    with pytest.raises(UnusableImage, match="TOO_COMPLEX"):
        read_container(many_scans(data, MAX_SCANS + 1))


@pytest.mark.parametrize(
    "junk", [b"", b"\0", b"\xff\xd8", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\x89PNG\r\n\x1a\n"]
)
def test_file_header_alone_is_refused(junk):
    with pytest.raises(UnusableImage):
        read_container(junk)


@pytest.mark.parametrize("adam7", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (64, 48)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_rows_stay_unchanged(mode, size, adam7):
    """Their length is computed from the header, without decoding."""
    data = encoded(Image.new(mode, size), "PNG")
    if adam7:
        data = interlace(data, size, mode)
    assert read_container(data).picture == data
    longer = corpus.with_pixels(data, lambda packed: zlib.compress(zlib.decompress(packed) + b"more"))
    (cut,) = read_pixel_chunks(read_container(longer).picture)
    assert zlib.decompress(cut) == zlib.decompress(b"".join(read_pixel_chunks(data)))


def interlace(data: bytes, size: tuple[int, int], mode: str) -> bytes:
    """Build an interlaced PNG of the same size and mode, with all pixels zero."""
    bits = {"1": 1, "L": 8, "LA": 16, "P": 8, "RGB": 24, "RGBA": 32, "I;16": 16}[mode]
    bits = data[24] if mode == "P" else bits
    raw = b""
    for left, top, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                                    (0, 1, 1, 2)):  # fmt: skip
        width, height = len(range(left, size[0], across)), len(range(top, size[1], down))
        raw += bytes((1 + (width * bits + 7) // 8) * height) if width and height else b""
    head = data[16:28] + b"\1"
    palette = data[33 : data.index(b"IDAT") - 4]
    ends = corpus.chunk(b"IDAT", zlib.compress(raw)) + corpus.chunk(b"IEND", b"")
    made = data[:8] + corpus.chunk(b"IHDR", head) + palette + ends
    Image.open(io.BytesIO(made)).load()
    return made


def read_pixel_chunks(png: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            found.append(png[at + 8 : at + 8 + length])
        at += length + 12
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 0),
        ({"progressive": True}, 640 * 480 * 3),
        ({"progressive": True, "subsampling": 0}, 640 * 480 * 6),
    ],
)
def test_progressive_jpeg_needs_its_coefficients(options, expected):
    assert read_container(corpus.encoded(corpus.picture(), "JPEG", **options)).decoder_bytes == expected


def test_large_baseline_jpeg_is_decoded_reduced():
    """Its header claims 196 megapixels. The decoder fills what is missing with grey."""
    made = images.make(corpus.change_size(corpus.encoded(corpus.picture(), "JPEG"), 14_000, 14_000))
    assert (made.width, made.height) == (14_000, 14_000)


def test_brand_of_avif_may_be_a_compatible_one():
    data = corpus.avif(corpus.picture())
    assert data[8:12] == b"avif"
    assert read_container(data[:8] + b"mif1" + data[12:]).format == "AVIF"
