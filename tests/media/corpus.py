"""Broken, hostile and odd files, each with its expected outcomes: ready, or refused for a reason.

python -m tests.media.corpus FOLDER    writes them all to a folder, to be looked at or thrown at something else
"""

from __future__ import annotations

import io
import random
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from community.demo.photographs import build_exif, encode_jpeg, render_scene

READY = "READY"
SECRET = b"SECRET-OF-THE-SENDER"
"""In every comment and block of metadata of the corpus: it must be in nothing that is made of it."""
GPS = b"30.2741"


@dataclass(frozen=True, slots=True)
class Odd:
    """A file and its allowed outcomes."""

    name: str
    data: bytes
    ends: frozenset[str]


def odd(name: str, data: bytes, *ends: str) -> Odd:
    return Odd(name, data, frozenset(ends or {READY}))


def scene(draw: ImageDraw.ImageDraw, width: int, height: int, _chance: random.Random) -> None:
    """Draw red above blue with a white mark at the upper left, so that a turn is visible."""
    draw.rectangle((0, 0, width, height // 2), fill="#c03020")
    draw.rectangle((0, height // 2, width, height), fill="#2040b0")
    draw.rectangle((width // 16, height // 16, width // 4, height // 4), fill="#f0f0f0")


@cache
def picture(size: tuple[int, int] = (640, 480)) -> Image.Image:
    return render_scene(scene, size, seed=1)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def build_secret_exif() -> Image.Exif:
    """Build a phone's EXIF block with a secret in its description."""
    block = build_exif(1)
    block[0x010E] = SECRET.decode()
    return block


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def after_soi(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_bomb(width: int, height: int, *, rows: int | None = None) -> bytes:
    """Build a few kilobytes that decode to so many pixels of one colour.

    With `rows` only so many rows are present.
    """
    packed = zlib.compressobj(9)
    few = b"\0" * (1 + width * 3) * 100
    data = b"".join(packed.compress(few) for _ in range((rows or height) // 100)) + packed.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif(frames: int, size: tuple[int, int]) -> bytes:
    """Build a GIF that repeats one frame, with a comment after each."""
    image = Image.new("P", size, 1)
    image.putpalette([place % 256 for place in range(768)])
    one = encoded(image, "GIF")
    frame = 13 + (3 << ((one[10] & 7) + 1))
    comment = b"\x21\xfe" + bytes((len(SECRET),)) + SECRET + b"\0"
    return one[:frame] + (one[frame:-1] + comment) * frames + b";"


def looping_exif() -> bytes:
    """Build a TIFF block whose next directory is itself, and whose entries point back to it."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entry + struct.pack("<I", 8)


def exif_with_wrong_offset() -> bytes:
    """Build a TIFF block with a count of four thousand million and an offset outside the file."""
    entry = struct.pack("<HHII", 0x0112, 3, 0xFFFFFFFF, 0xFFFFFFF0) + struct.pack("<HHII", 0x010F, 2, 0xFFFFFFFF, 26)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entry + struct.pack("<I", 0)


def many_scans(data: bytes, count: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * count + data[-2:]


def make_once(make: Callable[[], Iterator[Odd]]) -> Callable[[], tuple[Odd, ...]]:
    """Make the files at the first call, and return the same files at every later one."""
    return cache(lambda: tuple(make()))


def corpus() -> Iterator[Odd]:
    """Yield every file except the heavy ones. Each call makes them again. Only noise differs."""
    yield from formats()
    yield from orientations()
    yield from metadata()
    yield from truncated()
    yield from without_end()
    yield from broken()
    yield from hostile()
    yield from shapes()


@make_once
def formats() -> Iterator[Odd]:
    photo = picture()
    yield odd("plain.jpg", encoded(photo, "JPEG"))
    yield odd("progressive.jpg", encoded(photo, "JPEG", progressive=True))
    yield odd("grey.jpg", encoded(photo.convert("L"), "JPEG"))
    yield odd("cmyk.jpg", encoded(photo.convert("CMYK"), "JPEG"))
    yield odd("restart.jpg", encoded(photo, "JPEG", restart_marker_rows=2))
    yield odd("rgb.png", encoded(photo, "PNG"))
    yield odd("rgba.png", encoded(see_through(photo), "PNG"))
    yield odd("grey-alpha.png", encoded(see_through(photo).convert("LA"), "PNG"))
    yield odd("palette.png", encoded(photo.quantize(64), "PNG"))
    yield odd("palette-clear.png", encoded(photo.quantize(64), "PNG", transparency=3))
    yield odd("one-bit.png", encoded(photo.convert("1"), "PNG"))
    yield odd("sixteen-bit.png", encoded(photo.convert("L").convert("I;16").point(lambda value: value * 257), "PNG"))
    yield odd("lossy.webp", encoded(photo, "WEBP", quality=70))
    yield odd("lossless-alpha.webp", encoded(see_through(photo), "WEBP", lossless=True))
    small = photo.resize((300, 200))
    frames = [small.rotate(9) for _ in range(5)]
    yield odd("animated.webp", encoded(small, "WEBP", save_all=True, append_images=frames))
    yield odd("still.gif", encoded(photo, "GIF"))
    yield odd("animated.gif", gif(12, (400, 300)))
    yield odd("phone.heic", heic(photo))
    yield odd("alpha.heic", heic(see_through(photo)))
    yield odd("phone.avif", avif(photo))
    yield odd("alpha.avif", avif(see_through(photo)))
    yield odd("clear-colour.png", encoded(photo, "PNG", transparency=photo.getpixel((0, 0))))
    yield odd("several.mpo", encoded(photo, "MPO", save_all=True, append_images=[photo]))
    yield odd("wide-gamut.jpg", encoded(photo, "JPEG", icc_profile=profile()))


def see_through(image: Image.Image) -> Image.Image:
    clear = image.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(image.size))
    return clear


def heic(image: Image.Image) -> bytes:
    out = io.BytesIO()
    fast = {"preset": "ultrafast"}
    pillow_heif.from_pillow(image).save(
        out, quality=60, exif=build_secret_exif().tobytes(), xmp=SECRET, enc_params=fast
    )  # fmt: skip
    return out.getvalue()


def avif(image: Image.Image, **options: object) -> bytes:
    return encoded(image, "AVIF", speed=10, exif=build_secret_exif().tobytes(), xmp=SECRET, **options)


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@make_once
def orientations() -> Iterator[Odd]:
    photo = picture()
    for turned in range(1, 9):
        yield odd(f"turned-{turned}.jpg", encode_jpeg(photo, turned=turned))
    yield odd("turned-0.jpg", encoded(photo, "JPEG", exif=_oriented(0)))
    yield odd("turned-9.jpg", encoded(photo, "JPEG", exif=_oriented(9)))


def _oriented(value: int) -> Image.Exif:
    block = build_secret_exif()
    block[0x0112] = value
    return block


@make_once
def metadata() -> Iterator[Odd]:
    photo = picture((640, 480))
    plain = encoded(photo, "JPEG", exif=build_secret_exif(), comment=SECRET)
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")
    iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1b\x1c\x02\x78\0\x14" + SECRET)
    yield odd("everything.jpg", after_soi(plain, xmp, iptc, segment(0xFE, SECRET), segment(0xEB, SECRET)) + SECRET)
    yield odd("giant-comment.jpg", after_soi(plain, *[segment(0xFE, SECRET * 3_200)] * 100))
    yield odd("looping.jpg", after_soi(encoded(photo, "JPEG"), segment(0xE1, looping_exif())))
    yield odd("lying.jpg", after_soi(encoded(photo, "JPEG"), segment(0xE1, exif_with_wrong_offset())))
    yield odd("no-profile.jpg", after_soi(encoded(photo, "JPEG"), segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET)))
    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    info.add_text("Squeezed", "x" * 60_000, zip=True)
    yield odd(
        "everything.png", encoded(photo, "PNG", pnginfo=info, exif=build_secret_exif(), icc_profile=profile()) + SECRET
    )
    bomb = chunk(b"zTXt", b"Bomb\0\0" + zlib.compress(b"\0" * 50_000_000, 9))
    clean = encoded(photo, "PNG")
    yield odd("text-bomb.png", clean[:33] + bomb + clean[33:])
    profile_bomb = chunk(b"iCCP", b"Bomb\0\0" + zlib.compress(b"\0" * 50_000_000, 9))
    yield odd("profile-bomb.png", clean[:33] + profile_bomb + clean[33:])
    yield odd("behind-the-stream.png", with_pixels(clean, lambda packed: packed + SECRET))
    yield odd(
        "behind-the-rows.png", with_pixels(clean, lambda packed: zlib.compress(zlib.decompress(packed) + SECRET, 0))
    )
    yield odd("in-the-end.png", clean[:-12] + chunk(b"IEND", SECRET))
    yield odd("palette-of-none.png", clean[:33] + chunk(b"PLTE", SECRET + b"!") + clean[33:])
    yield odd("clear-of-none.png", clean[:33] + chunk(b"tRNS", bytes(6) + SECRET) + clean[33:])
    yield odd(
        "more-clear.png", after_palette(encoded(photo.quantize(64), "PNG"), chunk(b"tRNS", b"\xff" * 256 + SECRET))
    )
    yield odd(
        "frames.webp", add_to_frames(encoded(photo, "WEBP", save_all=True, append_images=[photo.rotate(9)]), SECRET)
    )
    yield odd("private-profile.png", encoded(photo, "PNG", icc_profile=private_profile()))
    yield odd("private-profile.jpg", encoded(photo, "JPEG", icc_profile=private_profile()))
    yield odd(
        "long-loop.gif",
        encoded(photo, "GIF", save_all=True, append_images=[photo.rotate(9)], loop=0).replace(
            b"NETSCAPE2.0\x03\x01\0\0", b"NETSCAPE2.0\x03\x01\0\0" + bytes((len(SECRET),)) + SECRET
        ),
    )
    yield odd("everything.webp", encoded(photo, "WEBP", exif=build_secret_exif(), xmp=SECRET, icc_profile=profile()))
    yield odd("everything.gif", encoded(photo, "GIF", comment=SECRET) + SECRET)
    yield odd("everything.heic", heic(photo))
    yield odd("everything.avif", avif(photo, icc_profile=profile()))
    for name, payload in (("torn", b"sRGB\0\0not zlib" + SECRET), ("nameless", SECRET)):
        yield odd(f"{name}-profile.png", clean[:33] + chunk(b"iCCP", payload) + clean[33:])
    yield odd("short-profile.jpg", after_soi(encoded(photo, "JPEG"), segment(0xE2, b"ICC_PROFILE\0")))


def with_pixels(png: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Apply `change` to a PNG's compressed rows, and join them in one chunk."""
    start = at = png.index(b"IDAT") - 4
    packed = b""
    while png[at + 4 : at + 8] == b"IDAT":
        length = int.from_bytes(png[at : at + 4], "big")
        packed += png[at + 8 : at + 8 + length]
        at += length + 12
    return png[:start] + chunk(b"IDAT", change(packed)) + png[at:]


def after_palette(png: bytes, piece: bytes) -> bytes:
    at = png.index(b"IDAT") - 4
    return png[:at] + piece + png[at:]


def add_to_frames(webp: bytes, secret: bytes) -> bytes:
    """Put metadata into each frame of an animated WebP, where programs do not look for it."""
    more = b"EXIF" + struct.pack("<I", len(secret)) + secret + b"\0" * (len(secret) % 2)
    out, at = b"", 12
    while at < len(webp):
        kind, length = webp[at : at + 4], int.from_bytes(webp[at + 4 : at + 8], "little")
        payload = webp[at + 8 : at + 8 + length] + (more if kind == b"ANMF" else b"")
        out += kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
        at += 8 + length + length % 2
    return b"RIFF" + struct.pack("<I", len(out) + 4) + b"WEBP" + out


def private_profile() -> bytes:
    """Build an sRGB profile with a secret in name, header, an own tag and after the white point."""
    block = bytearray(profile())
    count = int.from_bytes(block[128:132], "big")
    tags = [struct.unpack_from(">4sII", block, 132 + 12 * number) for number in range(count)]
    found = {name: bytes(block[at : at + size]) for name, at, size in tags}
    found |= {b"desc": b"desc" + bytes(4) + SECRET, b"mine": SECRET, b"wtpt": found[b"wtpt"] + SECRET}
    at = 132 + 12 * len(found)
    table, body = struct.pack(">I", len(found)), b""
    for name, data in found.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    block[48:56], block[100:120] = SECRET[:8], SECRET
    return struct.pack(">I", at + len(body)) + bytes(block[4:128]) + table + body


def truncated() -> Iterator[Odd]:
    photo = picture()
    whole = {
        "jpg": encoded(photo, "JPEG", exif=build_secret_exif()),
        "png": encoded(photo, "PNG"),
        "webp": encoded(photo, "WEBP"),
        "gif": encoded(photo, "GIF"),
        "heic": heic(photo),
    }
    for suffix, data in whole.items():
        for tenth in range(1, 10):
            yield odd(f"cut-{tenth}.{suffix}", data[: len(data) * tenth // 10], "BROKEN")


@make_once
def without_end() -> Iterator[Odd]:
    """Yield files without their end marker, some of them also without the last bytes before it."""
    photo = picture()
    for name, data in (
        ("", encoded(photo, "JPEG")), ("grey-", encoded(photo.convert("L"), "JPEG")),
        ("optimised-", encoded(photo, "JPEG", optimize=True)), ("full-", encoded(photo, "JPEG", subsampling=0)),
        ("restarting-", encoded(photo, "JPEG", restart_marker_rows=2)),
        ("turned-", encode_jpeg(photo, turned=6)), ("odd-", encoded(picture((131, 77)), "JPEG")),
    ):  # fmt: skip
        yield odd(f"{name}without-end.jpg", data[:-2])
        yield odd(f"{name}half-an-end.jpg", data[:-1])
        for less in (6, 20, 300):
            yield odd(f"{name}{less}-less.jpg", data[:-less], "BROKEN")
    progressive = encoded(photo, "JPEG", progressive=True)
    yield odd("progressive-without-end.jpg", progressive[:-2], "BROKEN")
    yield odd("without-last-scan.jpg", progressive[: progressive.rindex(b"\xff\xda")], "BROKEN")
    yield odd("without-end.gif", encoded(photo, "GIF")[:-1])
    yield odd("frames-without-end.gif", gif(12, (400, 300))[:-1])
    yield odd("less.gif", encoded(photo, "GIF")[:-2], "BROKEN")
    yield odd("no-frame-no-end.gif", b"GIF89a\1\0\1\0\0\0\0", "BROKEN")


def broken() -> Iterator[Odd]:
    photo = picture((640, 480))
    jpeg, png = encoded(photo, "JPEG"), encoded(photo, "PNG")
    numbers = random.Random(5)
    whole = (jpeg, png, encoded(photo, "WEBP"), encoded(photo, "GIF"), heic(photo))
    for number in range(20):
        spoiled = bytearray(whole[number % len(whole)])
        for _ in range(20):
            spoiled[numbers.randrange(12, len(spoiled))] = numbers.randrange(256)
        yield odd(f"spoiled-{number}", bytes(spoiled), READY, "BROKEN", "TOO_MANY_PIXELS", "TOO_MANY_FRAMES")
    yield odd("noise.jpg", b"\xff\xd8\xff" + numbers.randbytes(20_000), "BROKEN")
    yield odd("noise.bin", numbers.randbytes(20_000), "NOT_AN_IMAGE")
    yield odd("one-byte", b"\xff", "NOT_AN_IMAGE")
    yield odd("only-a-head.png", png[:33] + chunk(b"IEND", b""), "BROKEN")
    yield odd("wrong-sum.png", png[:40] + b"\0" + png[41:], "BROKEN")
    yield odd("no-frame.gif", b"GIF89a\1\0\1\0\0\0\0;", "BROKEN")
    yield odd("no-picture.webp", b"RIFF\4\0\0\0WEBP", "BROKEN")
    yield odd("empty.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "BROKEN")
    yield odd("zero-size.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0))
              + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""), "BROKEN")  # fmt: skip


def hostile() -> Iterator[Odd]:
    photo = picture((640, 480))
    jpeg = encoded(photo, "JPEG")
    yield odd("bomb-100.png", png_bomb(10_000, 10_000, rows=1_000), "TOO_MANY_PIXELS")
    yield odd("bomb-400.png", png_bomb(20_000, 20_000, rows=100), "TOO_MANY_PIXELS")
    yield odd("tall-bomb.png", png_bomb(1, 60_000_000, rows=100), "TOO_MANY_PIXELS")
    yield odd("claims-much.jpg", change_size(jpeg, 60_000, 60_000), "TOO_MANY_PIXELS")
    yield odd("claims-much-progressive.jpg", change_size(encoded(photo, "JPEG", progressive=True), 12_000, 12_000),
              "TOO_MANY_PIXELS")  # fmt: skip
    for name, marker in (("lossless", 0xC3), ("arithmetic", 0xC9), ("arithmetic-progressive", 0xCA)):
        yield odd(f"{name}.jpg", jpeg.replace(b"\xff\xc0", bytes((0xFF, marker)), 1), "RARE_CODING")
    yield odd("twelve-bits.jpg", jpeg.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c", 1), "RARE_CODING")
    yield odd("frames.gif", gif(2_000, (640, 480)), "TOO_MANY_FRAMES")
    yield odd("scans.jpg", many_scans(encoded(photo, "JPEG", progressive=True), 3_000), "TOO_COMPLEX", "BROKEN")
    yield odd("page.jpg", b"<!doctype html><script>alert(1)</script>", "NOT_AN_IMAGE")
    yield odd("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "NOT_AN_IMAGE")
    yield odd("document.pdf", b"%PDF-1.7\n" + SECRET, "NOT_AN_IMAGE")
    yield odd("postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "NOT_AN_IMAGE")
    yield odd("tiff.jpg", encoded(photo, "TIFF"), "NOT_AN_IMAGE")
    yield odd("bitmap.png", encoded(photo, "BMP"), "NOT_AN_IMAGE")
    yield odd("archive-behind.jpg", jpeg + b"PK\3\4" + SECRET * 1_000)
    yield odd("page-inside.gif", encoded(photo, "GIF", comment=b"<script>" + SECRET + b"</script>"))
    yield odd("script-in-front.jpg", after_soi(jpeg, segment(0xFE, b"*/=1;alert(1);/*" + SECRET)))
    yield odd("jpeg-named.png", jpeg)
    yield odd("png-named.jpg", encoded(photo, "PNG"))
    yield odd("movie.heic", b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(4_000), "NOT_AN_IMAGE")


def change_size(jpeg: bytes, width: int, height: int) -> bytes:
    """Change the size in a JPEG's header."""
    at = jpeg.index(b"\xff\xc0" if b"\xff\xc0" in jpeg else b"\xff\xc2") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def shapes() -> Iterator[Odd]:
    yield odd("one-pixel.png", encoded(Image.new("RGB", (1, 1), "red"), "PNG"))
    yield odd("small.jpg", encoded(picture((150, 120)), "JPEG"))
    yield odd("panorama.jpg", encoded(picture((9_000, 600)), "JPEG"))
    yield odd("a-line.png", encoded(Image.new("RGB", (12_000, 1), "red"), "PNG"))


def heavy() -> Iterator[Odd]:
    """Yield the allowed files that need most memory or time, and one complete bomb."""
    flat = Image.new("RGB", (7_300, 5_400), "#367")
    slope = Image.linear_gradient("L").resize((4032, 3024)).convert("RGB")
    yield odd("bomb-100-whole.png", png_bomb(10_000, 10_000), "TOO_MANY_PIXELS")
    yield odd("just-allowed.png", png_bomb(9_000, 8_300))
    yield odd("clear-colour.png", encoded(flat, "PNG", transparency=(9, 9, 9)))
    yield from of_phones()
    yield odd("long-screenshot.jpg", encoded(Image.new("RGB", (1080, 20_000), "#eee"), "JPEG"))
    yield odd("phone-12.jpg", encode_jpeg(picture((4032, 3024)), turned=6))
    yield odd("phone-12.heic", heic(slope))
    yield odd("most-pixels.jpg", encoded(slope.resize((7_300, 5_400)), "JPEG"))
    yield odd("most-pixels-cmyk.jpg", encoded(flat.convert("CMYK"), "JPEG"))
    yield odd("most-pixels-alpha.png", encoded(Image.new("RGBA", flat.size, (9, 9, 9, 9)), "PNG"))
    yield odd("most-pixels-palette.png", encoded(flat.quantize(4), "PNG", transparency=0))
    yield odd("most-pixels-sixteen.png", encoded(Image.new("I;16", flat.size, 40_000), "PNG"))
    yield odd("most-pixels.gif", encoded(flat, "GIF"))
    yield odd("most-pixels-grey.png", encoded(Image.new("L", (14_000, 14_000)), "PNG"))
    yield odd("most-pixels.webp", encoded(Image.new("RGBA", (5_600, 4_280), (9, 9, 9, 9)), "WEBP", method=0))
    yield odd("more-pixels.webp", encoded(flat, "WEBP", method=0), "TOO_MANY_PIXELS")
    yield from very_long()
    yield odd("most-pixels.heic", heic(flat))
    yield odd("most-pixels-alpha.heic", heic(Image.new("RGBA", flat.size, (9, 9, 9, 9))), "TOO_MANY_PIXELS")


def of_phones() -> Iterator[Odd]:
    """Yield pictures as large as phones take them."""
    slope = Image.linear_gradient("L")
    yield odd("phone-199.jpg", encoded(slope.resize((16_320, 12_240)), "JPEG"))
    yield odd("phone-108.jpg", encoded(slope.resize((12_000, 9_000)).convert("RGB"), "JPEG", progressive=True))
    forty_eight = slope.resize((8_064, 6_048)).convert("RGB")
    yield odd("phone-48.heic", heic(forty_eight))
    yield odd("phone-48.jpg", encoded(forty_eight, "JPEG", progressive=True, subsampling=0))
    yield odd("phone-48.png", encoded(forty_eight, "PNG", compress_level=1))
    yield odd("phone-24.avif", avif(see_through(slope.resize((5_600, 4_200)).convert("RGB"))))


def very_long() -> Iterator[Odd]:
    """Yield very long pictures with the most allowed pixels.

    Some are exactly as high as the square rendition, others slightly higher.
    """
    lying = build_secret_exif()
    lying[0x0112] = 5
    every = {"exif": lying, "icc_profile": profile()}
    for name, size in (("wide", (200_000, 200)), ("wider", (63_000, 634)), ("tall", (200, 200_000))):
        clear = Image.new("RGBA", size, (9, 9, 9, 9))
        yield odd(f"{name}-alpha.png", encoded(clear, "PNG"))
        yield odd(f"{name}-alpha-lying.png", encoded(clear, "PNG", **every))
    for name, size in (("wide", (200_000, 200)), ("tall", (200, 200_000))):
        flat = Image.new("P", size, 0)
        flat.putpalette(list(range(12)))
        yield odd(f"{name}-palette.png", encoded(flat, "PNG", transparency=0))
        yield odd(f"{name}-palette-lying.png", encoded(flat, "PNG", transparency=0, **every))
    yield odd("wide-grey-alpha.png", encoded(Image.new("LA", (200_000, 200), (9, 9)), "PNG"))
    yield odd("tall-grey-alpha-lying.png", encoded(Image.new("LA", (200, 200_000), (9, 9)), "PNG", exif=lying))
    yield odd("screen-alpha-lying.png", encoded(Image.new("RGBA", (16_000, 1080), (9, 9, 9, 9)), "PNG", **every))
    yield odd("most-pixels-without-end.jpg", encoded(Image.linear_gradient("L").resize((7_300, 5_400)), "JPEG")[:-2])
    yield odd("wide.jpg", encoded(Image.new("CMYK", (65_000, 610)), "JPEG"))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for one in (*corpus(), *heavy()):
        (folder / one.name).write_bytes(one.data)


if __name__ == "__main__":
    main()
