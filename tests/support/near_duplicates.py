"""Near duplicates of photographs, and pairs of pictures that are none."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from community.media.fingerprints.comparison import Likeness, compare
from community.media.fingerprints.hashes import Hashes, Question, build_question, compute_hashes, find_pairings
from community.media.fingerprints.squares import make_square, read_square
from community.media.images import pixels

WIDTH = 720
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
SHIFTS = (0.2, 0.45)
"""The shifts of two windows of a large picture, as parts of their width. They show the same place."""


@dataclass(slots=True)
class Picture:
    """A stored picture and its question."""

    name: str
    square: Image.Image
    hashes: Hashes
    question: Question


def load(path: Path, *, width: int = WIDTH) -> Image.Image:
    """Load a photograph, no wider than this."""
    image = Image.open(path)
    image.draft("RGB", (width, width))
    image = ImageOps.exif_transpose(image).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.HAMMING)


def fingerprint(name: str, image: Image.Image) -> Picture | None:
    """Return a picture as the worker would store it, or None for a flat one."""
    size = (480, max(1, round(image.height * 480 / image.width)))
    data = make_square(pixels.resize(image, size) if image.width > 480 else image)
    if data is None:
        return None
    square = read_square(data)
    hashes = compute_hashes(square)
    return Picture(name, square, hashes, build_question(square, hashes))


def find_likeness(asked: Picture, stored: Picture) -> Likeness | None:
    """Return what the service would report of two pictures."""
    pairings = find_pairings(asked.question, stored.hashes)
    return compare(asked.square, stored.square, pairings) if pairings else None


def save_again(image: Image.Image, form: str, quality: int) -> Image.Image:
    """Return the picture after it was saved."""
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    return Image.open(out).convert("RGB")


def crop(image: Image.Image, *, left: float = 0, top: float = 0, right: float = 0, lower: float = 0) -> Image.Image:
    """Cut parts of the width and the height away."""
    width, height = image.size
    return image.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - lower)))
    )


def add_border(image: Image.Image, part: float, colour: str) -> Image.Image:
    """Put an even border around the picture."""
    return ImageOps.expand(image, round(min(image.size) * part), colour)


def add_watermark(image: Image.Image) -> Image.Image:
    """Write a name into the lower right corner."""
    marked = image.copy()
    side = image.width / 14
    ImageDraw.Draw(marked).text(
        (image.width * 0.62, image.height * 0.9), "© neighbour", fill="white", stroke_width=2, stroke_fill="black",
        font_size=side * 0.7,
    )  # fmt: skip
    return marked


def add_caption(image: Image.Image) -> Image.Image:
    """Put a bar with a text over the lowest tenth."""
    captioned = image.copy()
    draw = ImageDraw.Draw(captioned)
    draw.rectangle((0, image.height * 0.9, image.width, image.height), fill="black")
    draw.text((image.width * 0.1, image.height * 0.92), "Today only at the pick-up point", fill="white", font_size=24)
    return captioned


def make_near_duplicates(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield every kind of near duplicate that must be found."""
    yield "saved at quality 60", save_again(image, "JPEG", 60)
    yield "saved at quality 30", save_again(image, "JPEG", 30)
    yield "saved as WebP", save_again(image, "WEBP", 50)
    yield "half as large", image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    yield "a third larger", image.resize((image.width * 4 // 3, image.height * 4 // 3), Image.Resampling.BICUBIC)
    yield "brighter by 20%", ImageEnhance.Brightness(image).enhance(1.2)
    yield "darker by 20%", ImageEnhance.Brightness(image).enhance(0.8)
    for side in ("left", "top", "right", "lower"):
        yield f"5% cut from {side}", crop(image, **{side: 0.05})
    yield "5% cut on every side", crop(image, left=0.05, top=0.05, right=0.05, lower=0.05)
    yield "cut and saved", save_again(crop(image, left=0.05, top=0.05, right=0.05, lower=0.05), "JPEG", 60)
    yield "white border", add_border(image, 0.04, "white")
    yield "black border", add_border(image, 0.04, "black")
    yield "watermark", add_watermark(image)


def make_altered(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield copies that are reported as altered or mirrored, or as the same."""
    yield "mirrored", ImageOps.mirror(image)
    yield "caption", add_caption(image)
    yield "grey", image.convert("L").convert("RGB")
    yield (
        "turned by 2 degrees",
        crop(image.rotate(2, Image.Resampling.BICUBIC), left=0.04, top=0.04, right=0.04, lower=0.04),
    )


def make_shifted_windows(image: Image.Image) -> list[Image.Image]:
    """Return windows of a large picture, shifted as a burst of photographs is."""
    width, height = image.width * 2 // 3, image.height * 2 // 3
    starts = [(0.0, 0.0), *((shift, 0.0) for shift in SHIFTS), (0.0, 0.25), (0.2, 0.2)]
    return [
        image.crop((round(width * x), round(height * y), round(width * x) + width, round(height * y) + height))
        for x, y in starts
    ]
