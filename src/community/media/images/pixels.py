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
_MAX_OPTIMISED_PIXELS = 20_000_000
_BAND_PIXELS = 1_000_000
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
"""The mode in which a picture with transparency can be made smaller."""


def crop_square(image: Image.Image) -> Image.Image:
    """Return the largest square in the middle of a picture."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge))


def find_reducing_factor(size: tuple[int, int], target: tuple[int, int]) -> int:
    """Return the whole factor of a picture before it is resampled.

    It costs next to nothing. The filter then reads at most four pixels for one.
    """
    return max(1, min(size[0] // (2 * target[0]), size[1] // (2 * target[1])))


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture in a smaller size."""
    return resample(reduce(image, size), size)


def reduce(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture smaller by a whole factor.

    Its mode is L, La, RGB, RGBa or CMYK. Raises UnusableImage for pixels of more than eight bits.
    """
    factor = find_reducing_factor(image.size, size)
    if needs_conversion(image):
        return _reduce_in_bands(image, factor)
    return image.reduce(factor) if factor > 1 else image


def resample(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a reduced picture in its final size."""
    if image.size != size:
        image = image.resize(size, Image.Resampling.HAMMING)
    plain = {mode: alpha for alpha, mode in _PREMULTIPLIED.items()}.get(image.mode)
    return image if plain is None else image.convert(plain)


def _reduce_in_bands(image: Image.Image, factor: int) -> Image.Image:
    """Return the converted picture, smaller by a whole factor. Only a band of it is converted at a time."""
    size = (-(-image.width // factor), -(-image.height // factor))
    rows = factor * max(1, _BAND_PIXELS // (image.width * factor))
    reduced = None
    for top in range(0, image.height, rows):
        band = convert_mode(image.crop((0, top, image.width, min(top + rows, image.height))))
        if band.mode in _PREMULTIPLIED:
            band = band.convert(_PREMULTIPLIED[band.mode])
        if reduced is None:
            reduced = Image.new(band.mode, size)
        reduced.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return reduced or image


def needs_conversion(image: Image.Image) -> bool:
    """Return True if the picture must be converted before it is made smaller."""
    return image.mode not in {"L", "RGB", "CMYK"} or "transparency" in image.info


def count_pixel_bytes(image: Image.Image) -> int:
    """Return the bytes of a pixel in memory."""
    return {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)


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
    Information of the decoder is removed, because encoders would write it into the file. The given picture may change.
    """
    image = _flatten_alpha(image)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == {"L": "GRAY"}.get(image.mode, image.mode):
                in_place = image.mode == "RGB"
                converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB", inPlace=in_place)
                image = converted or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    image = image if image.mode == "RGB" else image.convert("RGB")  # converting from RGB to RGB would copy it
    image.info.clear()
    return image


def _flatten_alpha(image: Image.Image) -> Image.Image:
    """Return the picture on white and close the given one. It is done in bands, for their memory."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    ground = Image.new("RGB", image.size, "white")
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height))).convert("RGBA")
        ground.paste(band.convert("RGB"), (0, top), band)
    image.close()
    return ground


def encode(image: Image.Image, form: RenditionFormat, quality: int) -> bytes:
    """Return the bytes of a picture in a format. `quality` is 1 to 100."""
    out = io.BytesIO()
    if form is RenditionFormat.JPEG:
        # Optimised tables take memory: four bytes per pixel.
        image.save(out, "JPEG", quality=quality, optimize=image.width * image.height <= _MAX_OPTIMISED_PIXELS)
    else:
        image.save(out, "WEBP", quality=quality, method=WEBP_METHOD)
    return out.getvalue()
