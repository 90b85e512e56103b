"""Photographs for the story, from a folder or drawn.

A drawn photograph has twelve megapixels, noise, and a camera's EXIF block with place and time. If the phone was held
upright, the pixels lie on their side, as phones save them.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import NormalDist

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter

FULL_SIZE = (4032, 3024)
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif"}
CAMERA = ("Neighbour", "Phone 12")
LATITUDE, LONGITUDE = 30.2741, 120.1551
_DRAWING_SCALE = 3  # A scene is drawn this many times smaller than its photograph, then enlarged.
_TILE_SIDE = 672

# The turn that an upright picture needs for each EXIF orientation. It is the opposite of a viewer's turn.
_TRANSPOSE_BY_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


Scene = Callable[[ImageDraw.ImageDraw, int, int, random.Random], None]
"""A function that draws on a plane of a width and a height, with random details."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A file to upload and the title of its content."""

    name: str
    title: str
    data: bytes


def load_folder(folder: Path, count: int) -> list[Photograph]:
    """Load the first `count` photographs of a folder by name.

    If there are fewer, they repeat. Raises FileNotFoundError if there are none.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise FileNotFoundError(f"{folder} has no photographs ({', '.join(sorted(SUFFIXES))})")
    return [Photograph(path.name, path.stem[:40], path.read_bytes()) for path in islice(cycle(paths), count)]


def draw_photographs(count: int, size: tuple[int, int] = FULL_SIZE) -> list[Photograph]:
    """Draw `count` photographs, every other one with the phone held upright."""
    return list(islice(_iter_photographs(size), count))


def _iter_photographs(size: tuple[int, int]) -> Iterator[Photograph]:
    for number, (title, scene) in enumerate(cycle(_SCENES.items())):
        upright = number % 2 == 1
        frame = size[::-1] if upright else size
        image = render_scene(scene, frame, seed=number)
        yield Photograph(f"IMG_{2026 + number}.jpg", title, encode_jpeg(image, turned=6 if upright else 1))


def render_scene(scene: Scene, size: tuple[int, int], seed: int) -> Image.Image:
    """Draw a scene as a phone's sensor records it.

    It has blur, texture and grain. The same seed gives the same pixels on every machine.
    """
    chance = random.Random(seed)  # noqa: S311 - a drawing needs no secrecy
    width, height = size[0] // _DRAWING_SCALE, size[1] // _DRAWING_SCALE
    image = Image.new("RGB", (width, height))
    scene(ImageDraw.Draw(image), width, height, chance)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    texture = _make_noise(chance, (width, height), 34).filter(ImageFilter.GaussianBlur(1.5))
    image = ImageChops.add(image, Image.merge("RGB", [texture] * 3), 1, -128)
    image = image.resize(size, Image.Resampling.BICUBIC)
    return ImageChops.add(image, _make_grain(chance, size), 1, -128)


def _make_noise(chance: random.Random, size: tuple[int, int], deviation: float) -> Image.Image:
    """Make normally distributed grey noise. Pillow's own noise cannot be seeded."""
    middle = NormalDist(128, deviation)
    spread = [min(255, max(0, round(middle.inv_cdf((level + 0.5) / 256)))) for level in range(256)]
    return Image.frombytes("L", size, chance.randbytes(size[0] * size[1])).point(spread)


def _make_grain(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Make noise in every channel. One tile of it is repeated, because making noise is slow."""
    tile = Image.merge("RGB", [_make_noise(chance, (_TILE_SIDE, _TILE_SIDE), 14) for _ in range(3)])
    grain = Image.new("RGB", size)
    for left in range(0, size[0], _TILE_SIDE):
        for top in range(0, size[1], _TILE_SIDE):
            grain.paste(tile, (left, top))
    return grain


def encode_jpeg(image: Image.Image, *, turned: int = 1, quality: int = 90) -> bytes:
    """Encode an upright picture as a phone does.

    The pixels are turned for the EXIF orientation `turned`. The metadata names it, the place and the time.
    """
    laid = image.transpose(_TRANSPOSE_BY_ORIENTATION[turned]) if turned in _TRANSPOSE_BY_ORIENTATION else image
    out = io.BytesIO()
    laid.save(out, "JPEG", quality=quality, exif=build_exif(turned), comment=b"taken at home")
    return out.getvalue()


def build_exif(turned: int) -> Image.Exif:
    """Build the EXIF block of a phone for this orientation."""
    block = Image.Exif()
    block[ExifTags.Base.Make], block[ExifTags.Base.Model] = CAMERA
    block[ExifTags.Base.Orientation] = turned
    details = block.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:10:01 09:30:00"
    details[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    place = block.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLongitude] = _to_degrees(LATITUDE), _to_degrees(LONGITUDE)
    return block


def _to_degrees(value: float) -> tuple[float, float, float]:
    minutes = (value % 1) * 60
    return (float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2))


def _draw_gradient(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], top: str, bottom: str) -> None:
    """Draw a box whose colour, in hexadecimal, changes from top to bottom."""
    left, upper, right, lower = box
    first, last = (bytes.fromhex(colour) for colour in (top, bottom))
    for y in range(upper, lower):
        part = (y - upper) / max(1, lower - upper)
        colour = tuple(round(a + (b - a) * part) for a, b in zip(first, last, strict=True))
        draw.line((left, y, right, y), fill=colour)


def _draw_disc(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, colour: str, *, flattening: float = 1.0
) -> None:
    """Draw a disc whose height is `flattening` times its width."""
    x, y = centre
    draw.ellipse((x - radius, y - radius * flattening, x + radius, y + radius * flattening), fill=f"#{colour}")


def _draw_dish(draw: ImageDraw.ImageDraw, width: int, height: int, chance: random.Random) -> None:
    """Draw red-braised pork in a bowl, with a window behind it."""
    _draw_gradient(draw, (0, 0, width, height // 3), "dfe9ee", "b9c8c9")
    _draw_gradient(draw, (0, height // 3, width, height), "8a5a34", "5b371d")
    x, y, radius = width / 2, height * 0.6, min(width, height) * 0.36
    _draw_disc(draw, (x + radius * 0.08, y + radius * 0.1), radius, "3a2412", flattening=0.75)
    _draw_disc(draw, (x, y), radius, "e9e6df", flattening=0.75)
    _draw_disc(draw, (x, y), radius * 0.84, "5a2412", flattening=0.75)
    for _ in range(70):
        angle, away = chance.random() * math.tau, radius * 0.68 * math.sqrt(chance.random())
        colour = chance.choice(("7a2f16", "8f3b1c", "a44a24", "6b2410"))
        px, py = x + away * math.cos(angle), y + away * math.sin(angle) * 0.75
        draw.rounded_rectangle((px - 26, py - 18, px + 26, py + 18), 8, fill=f"#{colour}")
        draw.line((px - 20, py - 12, px + 14, py - 14), fill="#d98a5c", width=4)
    for _ in range(40):
        angle, away = chance.random() * math.tau, radius * 0.6 * math.sqrt(chance.random())
        _draw_disc(draw, (x + away * math.cos(angle), y + away * math.sin(angle) * 0.75), 7, "4f9a3c")


def _draw_balcony(draw: ImageDraw.ImageDraw, width: int, height: int, chance: random.Random) -> None:
    """Draw tomatoes on a balcony, with houses and the sky behind them."""
    _draw_gradient(draw, (0, 0, width, height * 2 // 3), "4f93cf", "cfe4f2")
    for number in range(6):
        left = number * width // 6
        top = height // 3 + chance.randint(-height // 12, height // 12)
        draw.rectangle((left, top, left + width // 7, height * 2 // 3), fill="#a9a39a")
        for row in range(6):
            for column in range(3):
                at, down = left + 14 + column * width // 24, top + 16 + row * height // 22
                draw.rectangle((at, down, at + width // 46, down + height // 40), fill="#5d6670")
    _draw_gradient(draw, (0, height * 2 // 3, width, height), "7d776f", "514c46")
    x, base = width // 2, height * 88 // 100
    draw.polygon(
        ((x - 170, base - 130), (x + 170, base - 130), (x + 120, base + 60), (x - 120, base + 60)), fill="#b5562f"
    )
    for _ in range(160):
        px, py = x + chance.gauss(0, width * 0.1), base - 150 - abs(chance.gauss(0, height * 0.13))
        draw.ellipse((px - 22, py - 12, px + 22, py + 12), fill=f"#{chance.choice(('2f6b2a', '3f8a37', '57a548'))}")
    for _ in range(22):
        px, py = x + chance.gauss(0, width * 0.09), base - 150 - abs(chance.gauss(0, height * 0.11))
        _draw_disc(draw, (px, py), 22, "c8301f")
        _draw_disc(draw, (px - 7, py - 8), 6, "f3a58f")


def _draw_lane(draw: ImageDraw.ImageDraw, width: int, height: int, chance: random.Random) -> None:
    """Draw a lane in the evening, with lanterns over it."""
    _draw_gradient(draw, (0, 0, width, height // 2), "1f2b4d", "d98d5b")
    draw.polygon(
        ((0, height * 0.1), (width * 0.42, height * 0.42), (width * 0.42, height * 0.6), (0, height)), fill="#4a3b38"
    )
    draw.polygon(
        ((width, height * 0.05), (width * 0.6, height * 0.4), (width * 0.6, height * 0.6), (width, height)),
        fill="#3b3034",
    )
    draw.polygon(
        ((0, height), (width * 0.42, height * 0.58), (width * 0.6, height * 0.58), (width, height)), fill="#6d6560"
    )
    for number in range(9):
        part = number / 8
        px, py = width * (0.1 + 0.8 * part), height * (0.12 + 0.2 * math.sin(math.pi * part))
        draw.line((px, py - 60, px, py), fill="#221a18", width=3)
        _draw_disc(draw, (px, py), 30, "d8341c", flattening=0.85)
        _draw_disc(draw, (px, py), 14, "ffd27a", flattening=0.85)
    for _ in range(30):
        px, py = chance.uniform(0, width * 0.4), chance.uniform(height * 0.35, height * 0.7)
        draw.rectangle((px, py, px + 22, py + 30), fill="#f1b45a")


_SCENES: dict[str, Scene] = {
    "红烧肉出锅": _draw_dish,
    "阳台番茄熟了": _draw_balcony,
    "傍晚的巷子": _draw_lane,
}
