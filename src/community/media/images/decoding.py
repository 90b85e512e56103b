"""Decoding of an upload, as small as its renditions allow, upright and in sRGB.

It is made small before it is turned and converted, because both cost time per pixel.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image
from pillow_heif import register_heif_opener

from community.media import colour_profiles, metadata
from community.media.containers import MAX_PIXELS, Container, UnusableImage
from community.media.images import pixels
from community.media.metadata import CameraMetadata
from community.media.models import MediaRefusal
from community.media.renditions import RenditionFormat, RenditionShape, list_sizes

MAX_PIXELS_COSTLY_FORMATS = 24_000_000
"""Limit for formats whose decoder holds a picture several times. 512 MB of memory must suffice for any picture."""
MAX_PIXELS_ALL_FRAMES = 400_000_000
MAX_HEIGHT = 16_000
"""Limit of a rendition's height in pixels. WebP allows 16,383. A longer picture is shown narrower."""
MAX_PANORAMA_PIXELS = 4_000_000
"""Limit of a panorama that stays high enough to cut its square from it.

From a larger panorama the square is cut before it is made small.
"""
MAX_WIDTH = max(size.width_px for size in list_sizes(RenditionShape.WHOLE))
MAX_SQUARE_SIDE = max(size.width_px for size in list_sizes(RenditionShape.SQUARE))

_SIDEWAYS_ORIENTATIONS = frozenset({5, 6, 7, 8})
_JPEG_END = b"\xff\xd9"
_FILLER_BYTES = 512
_ROW_BATCH_SIZE = 256

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded picture.

    `size` is that of the upright original. `largest` is the picture no larger than its renditions need. `middle` is
    the square part of a very long panorama, and None for any other picture. `turned` is the orientation of `original`,
    1 to 8 as in EXIF. `original` has no metadata.
    """

    format: str
    size: tuple[int, int]
    largest: Image.Image
    middle: Image.Image | None
    camera_metadata: CameraMetadata
    turned: int
    original: bytes
    profile: bytes | None


def decode(container: Container) -> DecodedImage:
    """Decode a picture. Raises UnusableImage, or another exception of the decoder for a damaged file."""
    image = Image.open(io.BytesIO(container.picture), formats=(container.format,))
    width, height = image.size
    is_costly = container.format == "WEBP" or (container.format == "HEIF" and image.mode == "RGBA")
    if width * height > (MAX_PIXELS_COSTLY_FORMATS if is_costly else MAX_PIXELS):
        raise UnusableImage(MediaRefusal.TOO_MANY_PIXELS)
    if width * height * container.frames > MAX_PIXELS_ALL_FRAMES:
        raise UnusableImage(MediaRefusal.TOO_MANY_FRAMES)
    if container.format == "HEIF":
        return _decode_heif(image)
    if not container.has_end_marker:
        _require_complete(container.picture)
    seen = metadata.read(container.exif)
    upright = (height, width) if seen.orientation in _SIDEWAYS_ORIENTATIONS else (width, height)
    profile = colour_profiles.reduce(container.profile)
    largest, middle = _prepare_largest(image, upright, seen.orientation, profile)
    return DecodedImage(container.format, upright, largest, middle, seen, seen.orientation, container.picture, profile)


def _require_complete(jpeg: bytes) -> None:
    """Raise UnusableImage if a JPEG lacks pixels at its end.

    It is decoded with three different fillers behind its data. If pixels are missing, the results differ.
    """
    seen = set()
    for filler in (b"\0", b"\x55", b"\xaa"):
        filled = Image.open(
            io.BytesIO(jpeg.removesuffix(_JPEG_END) + filler * _FILLER_BYTES + _JPEG_END), formats=("JPEG",)
        )
        digest = hashlib.sha256()
        for top in range(0, filled.height, _ROW_BATCH_SIZE):
            digest.update(filled.crop((0, top, filled.width, min(top + _ROW_BATCH_SIZE, filled.height))).tobytes())
        seen.add(digest.digest())
    if len(seen) > 1:
        raise UnusableImage(MediaRefusal.BROKEN)


def _decode_heif(image: Image.Image) -> DecodedImage:
    """Decode a HEIF picture, which its decoder has already turned upright.

    Its original is encoded again as a JPEG. Its metadata cannot be cut out of the file, because boxes refer to one
    another by position.
    """
    seen = metadata.read(image.info.get("exif"))
    profile = colour_profiles.reduce(image.info.get("icc_profile"))
    whole = pixels.flatten_to_srgb(pixels.convert_mode(image), profile)
    original = pixels.encode(whole, RenditionFormat.JPEG, pixels.ORIGINAL_QUALITY)
    return DecodedImage("HEIF", whole.size, *_prepare_largest(whole, whole.size, 1, None), seen, 1, original, None)


def _prepare_largest(
    image: Image.Image, upright: tuple[int, int], turned: int, profile: bytes | None
) -> tuple[Image.Image, Image.Image | None]:
    """Return the picture as small as renditions allow, and a long panorama's middle."""
    need = (MAX_WIDTH, MAX_SQUARE_SIDE)
    # Only a JPEG can be decoded at a fraction of its size. For other formats this has no effect.
    image.draft(image.mode, _swap_if_sideways(need, turned))
    # The square needs its side even of a panorama that is only a few pixels high at the largest width.
    width, height = upright
    square = min(1.0, MAX_SQUARE_SIDE / min(width, height))
    scale = min(1.0, max(MAX_WIDTH / width, square), MAX_HEIGHT / height)
    image = pixels.convert_mode(image)
    middle = None
    if square > MAX_WIDTH / width and width * height * scale**2 > MAX_PANORAMA_PIXELS:
        side = min(MAX_SQUARE_SIDE, width, height)
        middle = _resize_and_convert(pixels.crop_square(image), (side, side), turned, profile)
        scale = min(MAX_WIDTH / width, MAX_HEIGHT / height)
    target = _swap_if_sideways((max(1, round(width * scale)), max(1, round(height * scale))), turned)
    return _resize_and_convert(image, target, turned, profile), middle


def _swap_if_sideways(size: tuple[int, int], turned: int) -> tuple[int, int]:
    return size[::-1] if turned in _SIDEWAYS_ORIENTATIONS else size


def _resize_and_convert(image: Image.Image, size: tuple[int, int], turned: int, profile: bytes | None) -> Image.Image:
    if size != image.size:
        image = pixels.resize(image, size)
    return pixels.flatten_to_srgb(pixels.turn_upright(image, turned), profile)
