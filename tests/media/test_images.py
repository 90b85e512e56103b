"""Renditions of a picture: upright, in sRGB, never enlarged, without metadata."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from functools import cache

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from community.demo.photographs import CAMERA, encode_jpeg
from community.media import colour_profiles, images, placeholders
from community.media.containers import UnusableImage
from community.media.images import decoding
from community.media.renditions import RENDITION_FORMATS, RenditionFormat
from tests.media import corpus
from tests.media.corpus import GPS, SECRET, encoded, picture

STRUCTURE = {"SourceFile", "ExifTool", "File", "Composite", "JFIF", "PNG", "RIFF", "GIF"}
"""What exiftool tells of every file, or of what holds the pixels together."""
PLAIN = {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"}


def open_picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def compute_difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize("turned", range(1, 9))
def test_all_eight_orientations_look_the_same(turned):
    upright = images.make(encode_jpeg(picture(), turned=1))
    made = images.make(encode_jpeg(picture(), turned=turned))
    assert (made.width, made.height, made.turned) == (640, 480, turned)
    for name in RENDITION_FORMATS:
        assert open_picture(made.files[name]).size == open_picture(upright.files[name]).size
        assert compute_difference(open_picture(made.files[name]), open_picture(upright.files[name])) < 12, name
        for wrong in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180):
            assert (
                compute_difference(open_picture(made.files[name]).transpose(wrong), open_picture(upright.files[name]))
                > 15
            ), name
    kept, kind = images.render_original(made.original, turned=made.turned, profile=made.profile)
    assert kind == "image/jpeg"
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(kept)))
    assert compute_difference(shown, open_picture(upright.original)) < 12


@pytest.mark.parametrize("turned", range(5, 9))
def test_large_sideways_picture_fills_the_widest_rendition(turned):
    made = images.make(encode_jpeg(picture((2400, 1800)).rotate(90, expand=True), turned=turned))
    assert (made.width, made.height) == (1800, 2400)
    assert open_picture(made.files["1080.jpg"]).size == (1080, 1440)


def test_unknown_orientation_counts_as_upright():
    for odd in corpus.orientations():
        if odd.name in {"turned-0.jpg", "turned-9.jpg"}:
            assert images.make(odd.data).turned == 1


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1200, 900), {"1080": (1080, 810), "480": (480, 360), "200": (200, 200)}),
        ((700, 1400), {"1080": (700, 1400), "480": (480, 960), "200": (200, 200)}),
        ((150, 120), {"1080": (150, 120), "480": (150, 120), "200": (120, 120)}),
        ((9_000, 600), {"1080": (1080, 72), "480": (480, 32), "200": (200, 200)}),
        ((1, 1), {"1080": (1, 1), "480": (1, 1), "200": (1, 1)}),
        ((3_000, 1), {"1080": (1080, 1), "480": (480, 1), "200": (1, 1)}),
        ((108, 20_000), {"1080": (86, 16_000), "480": (86, 16_000), "200": (86, 86)}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_renditions_are_never_enlarged(size, expected, form):
    made = images.make(encoded(Image.new("RGB", size, "#a05020"), form))
    assert (made.width, made.height) == size
    for width, rendition_size in expected.items():
        assert (
            open_picture(made.files[f"{width}.jpg"]).size
            == open_picture(made.files[f"{width}.webp"]).size
            == rendition_size
        )


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize(("size", "side"), [((60_000, 200), 200), ((60_000, 90), 90), ((20_000, 300), 200)])
def test_panorama_square_is_its_middle(monkeypatch, turned, size, side):
    """Only the middle is white, so the whole square must be white."""
    monkeypatch.setattr(decoding, "MAX_PANORAMA_PIXELS", 1_000)
    image = Image.new("RGBA", size, "#a05020")
    left = (size[0] - size[1]) // 2
    image.paste((255, 255, 255, 255), (left, 0, left + size[1], size[1]))
    block = corpus.build_secret_exif()
    block[0x0112] = turned
    lying = image.transpose(Image.Transpose.ROTATE_90) if turned > 4 else image
    made = images.make(encoded(lying, "PNG", exif=block))
    assert (made.width, made.height) == size
    for name in ("200.jpg", "200.webp"):
        assert open_picture(made.files[name]).size == (side, side)
        assert open_picture(made.files[name]).getextrema() == ((255, 255),) * 3
    assert open_picture(made.files["1080.jpg"]).size == (1080, round(size[1] * 1080 / size[0]))


def test_rendition_format_matches_its_name():
    made = images.make(encoded(picture(), "PNG"))
    assert set(made.files) == set(RENDITION_FORMATS)
    for name, form in RENDITION_FORMATS.items():
        assert Image.open(io.BytesIO(made.files[name])).format == form.value


def test_only_requested_formats_are_made():
    made = images.make(encoded(picture(), "PNG"), forms=[RenditionFormat.JPEG])
    assert set(made.files) == {name for name, form in RENDITION_FORMATS.items() if form is RenditionFormat.JPEG}


def test_formats_and_modes_look_the_same():
    reference = images.make(encoded(picture(), "PNG")).files["480.jpg"]
    grey = {"grey.jpg", "grey-alpha.png", "one-bit.png", "sixteen-bit.png"}
    for odd in corpus.formats():
        made = images.make(odd.data)
        if (
            "alpha" in odd.name
            or "clear" in odd.name
            or "animated" in odd.name
            or odd.name in grey | {"palette-clear.png", "rgba.png"}
        ):
            continue
        assert compute_difference(open_picture(made.files["480.jpg"]), open_picture(reference)) < 14, odd.name
    for odd in corpus.formats():
        if odd.name in {"grey.jpg", "sixteen-bit.png"}:
            shown = open_picture(images.make(odd.data).files["480.jpg"])
            assert compute_difference(shown, open_picture(reference).convert("L").convert("RGB")) < 6, odd.name


def test_transparent_pixels_become_white():
    clear = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    for form in ("PNG", "WEBP"):
        shown = open_picture(images.make(encoded(clear, form)).files["480.jpg"])
        assert shown.getpixel((150, 100)) == (255, 255, 255)


def test_profile_is_converted_to_srgb():
    """The profile exchanges red and green, so that the converted picture is green."""
    made = images.make(encoded(Image.new("RGB", (300, 200), (250, 10, 10)), "PNG", icc_profile=swapped_profile()))
    red, green, _ = open_picture(made.files["480.jpg"]).getpixel((150, 100))
    assert green > red
    kept, _ = images.render_original(made.original, turned=1, profile=made.profile)
    assert Image.open(io.BytesIO(kept)).info["icc_profile"] == made.profile


def test_profile_is_reduced_to_colours():
    shown = []
    for block in (swapped_profile(), swapped_private()):
        made = images.make(encoded(picture(), "PNG", icc_profile=block))
        assert SECRET[:8] not in made.profile
        assert images.make(encoded(picture(), "PNG", icc_profile=made.profile)).profile == made.profile
        shown.append(made.files)
    assert shown[0] == shown[1]
    assert shown[0] != images.make(encoded(picture(), "PNG")).files


@pytest.mark.parametrize("block", [SECRET, b"x" * 400, corpus.profile()[:300], bytes(128), b""])
def test_invalid_profile_is_dropped(block):
    assert colour_profiles.reduce(block) is None


def test_profile_of_unsuitable_class_is_dropped():
    link = bytearray(corpus.profile())
    link[12:16] = b"link"
    assert colour_profiles.reduce(bytes(link)) is None
    assert colour_profiles.reduce(corpus.profile()) is not None


def swapped_private() -> bytes:
    block = bytearray(corpus.private_profile())
    red, green = block.index(b"rXYZ"), block.index(b"gXYZ")
    block[red], block[green] = block[green], block[red]
    return bytes(block)


def swapped_profile() -> bytes:
    block = bytearray(corpus.profile())
    red, green = block.index(b"rXYZ"), block.index(b"gXYZ")
    block[red], block[green] = block[green], block[red]
    return bytes(block)


@cache
def everything_made():
    """Return every file made from the odd files with metadata, by name."""
    found = {}
    profiles_made.clear()
    for odd in (*corpus.metadata(), *corpus.orientations(), *corpus.formats()):
        made = images.make(odd.data)
        found |= {f"{odd.name} {name}": data for name, data in made.files.items()}
        found[f"{odd.name} original"] = made.original
        if made.profile is not None:
            profiles_made[f"{odd.name} profile"] = made.profile
    return found


profiles_made: dict[str, bytes] = {}


def test_made_files_contain_no_metadata():
    assert len(everything_made()) > 200
    assert len(profiles_made) >= 5
    for name, data in (everything_made() | profiles_made).items():
        for word in (SECRET, SECRET[:8], b"Exif", b"ICC_PROFILE", b"iCCP", b"http://ns.adobe.com", b"8BIM", b"tEXt",
                     b"zTXt", b"iTXt", b"EXIF", b"XMP ", b"Neighbour", b"2026:10:01", b"taken at home",
                     GPS):  # fmt: skip
            assert word not in data, (name, word)
        if data.startswith(b"\xff\xd8"):
            assert b"\xff\xfe" not in data[: data.index(b"\xff\xda")], name


@pytest.mark.skipif(
    shutil.which("exiftool") is None and os.environ.get("COMMUNITY_TEST_EXIFTOOL") != "required",
    reason="exiftool is not installed (libimage-exiftool-perl)",
)
def test_exiftool_finds_nothing(tmp_path):
    for name, data in everything_made().items():
        (tmp_path / name.replace(" ", "--")).write_bytes(data)
    told = subprocess.run(
        ["exiftool", "-a", "-u", "-G1", "-s2", "-r", tmp_path], capture_output=True, text=True, check=True
    )
    lines = [line for line in told.stdout.splitlines() if line.startswith("[")]
    assert len(lines) > 1_000
    strange = set()
    for line in lines:
        group, _, rest = line[1:].partition("]")
        tag = rest.strip().partition(":")[0]
        if group in {"ExifTool", "System", "File", "Composite"} or group.startswith(("RIFF", "GIF")):
            continue
        if group == "JFIF" and tag in PLAIN:
            continue
        if group == "PNG" and tag in _OF_PNG:
            continue
        if group == "Adobe" and tag in _OF_ADOBE:
            continue
        strange.add(line)
    assert strange == set()


_OF_PNG = {
    "ImageWidth",
    "ImageHeight",
    "BitDepth",
    "ColorType",
    "Compression",
    "Filter",
    "Interlace",
    "Palette",
    "Transparency",
}
_OF_ADOBE = {"DCTEncodeVersion", "APP14Flags0", "APP14Flags1", "ColorTransform"}
"""How the colours of a JPEG in CMYK are to be understood: without it they are inverted."""


def test_time_and_camera_are_read():
    made = images.make(encode_jpeg(picture()))
    assert (made.captured_at, made.camera) == ("2026-10-01T09:30:00+08:00", " ".join(CAMERA))
    heif = next(odd for odd in corpus.metadata() if odd.name == "everything.heic")
    assert images.make(heif.data).captured_at == "2026-10-01T09:30:00+08:00"


@pytest.mark.parametrize("odd", corpus.without_end(), ids=lambda odd: odd.name)
def test_only_the_end_marker_may_be_missing(odd):
    if odd.ends == {"READY"}:
        made = images.make(odd.data)
        whole = images.make(made.original)
        assert whole.original == made.original
        if made.turned == 1:
            assert whole.files == made.files
    else:
        with pytest.raises(UnusableImage, match="BROKEN"):
            images.make(odd.data)


def test_truncated_jpeg_is_refused():
    data = encoded(picture((160, 120)), "JPEG")
    start = data.index(b"\xff\xda") + 14
    for end in range(start, len(data) - 4, 7):
        with pytest.raises(UnusableImage, match="BROKEN"):
            images.make(data[:end])


def test_hostile_exif_gives_no_values():
    for odd in corpus.metadata():
        if odd.name in {"looping.jpg", "lying.jpg"}:
            made = images.make(odd.data)
            assert (made.captured_at, made.turned) == (None, 1)


def test_original_keeps_every_pixel():
    for form in ("JPEG", "PNG", "WEBP", "GIF"):
        data = encoded(picture(), form)
        made = images.make(data)
        assert open_picture(made.original).tobytes() == open_picture(data).tobytes()
        assert images.render_original(made.original, turned=1, profile=None) == (made.original, f"image/{form.lower()}")


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_original_is_rendered_without_loss(form):
    block = corpus.build_secret_exif()
    block[0x0112] = 6
    data = encoded(picture(), form, exif=block, icc_profile=corpus.profile() * 60)
    made = images.make(data)
    profile = corpus.private_profile() * 60
    kept, kind = images.render_original(made.original, turned=made.turned, profile=profile)
    shown = Image.open(io.BytesIO(kept))
    assert kind == f"image/{form.lower()}"
    assert shown.tobytes() == Image.open(io.BytesIO(data)).tobytes()
    assert (shown.getexif()[0x0112], len(shown.getexif())) == (6, 1)
    assert shown.info["icc_profile"] == profile
    assert images.make(kept).original == made.original


def test_turned_webp_original_becomes_upright_jpeg():
    block = corpus.build_secret_exif()
    block[0x0112] = 6
    made = images.make(encoded(picture(), "WEBP", exif=block))
    kept, kind = images.render_original(made.original, turned=made.turned, profile=made.profile)
    assert (kind, open_picture(kept).size) == ("image/jpeg", (480, 640))


def test_colour_is_the_most_frequent_one():
    image = Image.new("RGB", (400, 300), "#204080")
    image.paste((250, 250, 0), (0, 0, 90, 90))
    made = images.make(encoded(image, "PNG"))
    red, green, blue = bytes.fromhex(made.colour[1:])
    assert abs(red - 0x20) + abs(green - 0x40) + abs(blue - 0x80) < 20
    assert len(made.placeholder) == 28


def test_own_bug_is_not_an_unusable_image(monkeypatch):
    def bug(_image):
        raise ValueError("ours")

    monkeypatch.setattr(placeholders, "compute_dominant_colour", bug)
    with pytest.raises(ValueError, match="ours"):
        images.make(encoded(picture(), "PNG"))


def test_animation_shows_its_first_frame():
    first = Image.new("RGB", (300, 200), "#c00000")
    for form in ("GIF", "WEBP"):
        data = encoded(first, form, save_all=True, append_images=[Image.new("RGB", (300, 200), "#0000c0")])
        red, _, blue = open_picture(images.make(data).files["480.jpg"]).getpixel((150, 100))
        assert red > 150 > blue
