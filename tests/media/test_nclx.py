"""Colours that a file names by numbers only are shown in sRGB."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from community.media import images, nclx

SRGB, P3, BT2020 = 1, 12, 9
GAMMA, PQ, HLG = 13, 16, 18


def make_heic(colour: tuple[int, int, int], primaries: int, transfer: int) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (320, 240), colour)).save(
        out,
        quality=-1,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=9 if primaries == BT2020 else 6,
        enc_params={"preset": "ultrafast"},
    )  # fmt: skip
    return out.getvalue()


def show(data: bytes) -> tuple[int, ...]:
    """Return the colour in the middle of a rendition."""
    made = images.make(data)
    assert made.profile is None
    return Image.open(io.BytesIO(made.files["480.jpg"])).getpixel((160, 120))


@pytest.mark.parametrize(
    ("primaries", "transfer", "given", "expected"),
    [
        (SRGB, GAMMA, (200, 100, 50), (200, 100, 50)),
        (SRGB, 2, (200, 100, 50), (200, 100, 50)),
        (P3, GAMMA, (128, 128, 128), (128, 128, 128)),
        (P3, GAMMA, (200, 100, 100), (216, 95, 97)),
        (P3, GAMMA, (100, 200, 100), (45, 203, 91)),
        (BT2020, PQ, (148, 148, 148), (238, 238, 238)),
        (BT2020, PQ, (90, 90, 90), (90, 90, 90)),
        (BT2020, HLG, (191, 191, 191), (238, 238, 238)),
        (BT2020, PQ, (255, 255, 255), (255, 255, 255)),
    ],
)  # fmt: skip
def test_numbered_colours_become_srgb(primaries, transfer, given, expected):
    seen = show(make_heic(given, primaries, transfer))
    assert max(abs(a - b) for a, b in zip(seen, expected, strict=True)) <= 5, seen


def test_avif_names_its_colours_alike():
    plain = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 100, 100)).save(plain, "AVIF", quality=100, subsampling="4:4:4")
    at = plain.getvalue().index(b"colrnclx") + 8
    wide = plain.getvalue()[:at] + P3.to_bytes(2, "big") + plain.getvalue()[at + 2 :]
    assert show(plain.getvalue()) == pytest.approx((200, 100, 100), abs=5)
    assert show(wide) == pytest.approx((216, 95, 97), abs=5)


@pytest.mark.parametrize("data", [b"", b"colrnclx", b"colrnclx\0\x0c", b"colrnclx\0\x01\0\x0d\0\x06\x80"])
def test_file_without_wide_colours_has_no_profile(data):
    assert nclx.build_profile(data) is None


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_curve_of_high_range_rises_to_white(transfer):
    decode = {PQ: nclx._decode_pq, HLG: nclx._decode_hlg}[transfer]
    values = [decode(number / 255) for number in range(256)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0, abs=1e-4)
    assert 0.99 < values[-1] <= 1
