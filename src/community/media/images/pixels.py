"""Size, orientation, mode, colours and encoding of a picture's pixels."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from community.kernel.enumerations import require_each
from community.media.containers import UnusableImage
from community.media.models import MediaRefusal
from community.media.renditions import RenditionFormat

QUALITY = {RenditionFormat.JPEG: 80, RenditionFormat.WEBP: 75}
require_each(RenditionFormat, QUALITY)
ORIGINAL_QUALITY = 92
WEBP_METHOD = 4

_TRANSPOSE_BY_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


def crop_square(image: Image.Image) -> Image.Image:
    """Return the largest square in the middle of a picture."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge))


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture in a smaller size."""
    # Whole factors first, which cost next to nothing. The filter then reads at most four pixels for one.
    factor = max(1, min(image.width // (2 * size[0]), image.height // (2 * size[1])))
    if factor > 1:
        image = image.reduce(factor)
    return image.resize(size, Image.Resampling.HAMMING)


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture upright. `orientation` is 1 to 8, as in EXIF."""
    transpose = _TRANSPOSE_BY_ORIENTATION.get(orientation)
    return image if transpose is None else image.transpose(transpose)


def convert_mode(image: Image.Image) -> Image.Image:
    """Return the pixels as L, LA, RGB, RGBA or CMYK.

    Each value has eight bits. Raises UnusableImage for other pixels.
    """
    image.load()
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"I", "F"}:
        raise UnusableImage(MediaRefusal.BROKEN)
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return image
    return image.convert("RGBA" if image.mode == "PA" else "RGB")


def flatten_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB without transparency.

    Transparent pixels become white, as the page behind them. A profile that does not fit the pixels is ignored.
    Information of the decoder is removed, because encoders would write it into the file.
    """
    image = _flatten_alpha(image)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == {"L": "GRAY"}.get(image.mode, image.mode):
                image = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    image = image if image.mode == "RGB" else image.convert("RGB")  # converting from RGB to RGB would copy it
    image.info.clear()
    return image


def _flatten_alpha(image: Image.Image) -> Image.Image:
    if image.mode not in {"LA", "RGBA"}:
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def encode(image: Image.Image, form: RenditionFormat, quality: int) -> bytes:
    """Return the bytes of a picture in a format. `quality` is 1 to 100."""
    out = io.BytesIO()
    if form is RenditionFormat.JPEG:
        image.save(out, "JPEG", quality=quality, optimize=True)
    else:
        image.save(out, "WEBP", quality=quality, method=WEBP_METHOD)
    return out.getvalue()
