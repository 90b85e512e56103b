"""Decoding of an upload, as small as its renditions allow, upright and in sRGB.

It is made small before it is turned and converted, because both cost time per pixel.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image
from pillow_heif import register_heif_opener

from community.media import colour_profiles, metadata, nclx
from community.media.containers import MAX_DECODED_BYTES, MAX_PIXELS, Container, UnusableImage
from community.media.images import pixels
from community.media.metadata import CameraMetadata
from community.media.models import MediaRefusal
from community.media.renditions import RenditionFormat, RenditionShape, list_sizes

MAX_PIXELS_HEIF = 50_000_000
MAX_PIXELS_COSTLY_FORMATS = 24_000_000
"""Limit for formats whose decoder holds a picture several times: AVIF, WebP, and HEIF with transparency."""
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
_WHOLE_FORMATS = frozenset({"AVIF", "HEIF"})
"""Formats whose metadata cannot be cut out of the file."""
_MANY_COPIES = _WHOLE_FORMATS | {"WEBP"}
"""Formats with a limit of their own, because their decoders hold several copies."""
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
    if image.width * image.height * container.frames > MAX_PIXELS_ALL_FRAMES:
        raise UnusableImage(MediaRefusal.TOO_MANY_FRAMES)
    if container.format in _MANY_COPIES:
        is_costly = container.format != "HEIF" or image.mode == "RGBA"
        _require_pixels(image, MAX_PIXELS_COSTLY_FORMATS if is_costly else MAX_PIXELS_HEIF)
    if container.format in _WHOLE_FORMATS:
        return _decode_whole(image, container)
    seen = metadata.read(container.exif)
    upright = (image.width, image.height)
    if seen.orientation in _SIDEWAYS_ORIENTATIONS:
        upright = upright[::-1]
    profile = colour_profiles.reduce(container.profile)
    plan = _plan_reduction(upright)
    # Only a JPEG can be decoded at a fraction of its size. For other formats this has no effect.
    target = _swap_if_sideways(plan.target, seen.orientation)
    image.draft(image.mode, target)
    _require_memory(image, container, target)
    if not container.has_end_marker:
        _require_complete(container.picture)
    largest, middle = _prepare_largest(image, plan, seen.orientation, profile)
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


def _decode_whole(image: Image.Image, container: Container) -> DecodedImage:
    """Decode a picture whose original is encoded again as a JPEG.

    Its metadata cannot be cut out of the file, because boxes refer to one another by position. The decoder of HEIF has
    already turned it upright, and that of AVIF has not.
    """
    seen = metadata.read(image.info.get("exif"))
    profile = colour_profiles.reduce(image.info.get("icc_profile")) or nclx.build_profile(container.picture)
    turned = seen.orientation if container.format == "AVIF" else 1
    whole = pixels.flatten_to_srgb(pixels.turn_upright(pixels.convert_mode(image), turned), profile)
    original = pixels.encode(whole, RenditionFormat.JPEG, pixels.ORIGINAL_QUALITY)
    size = whole.size
    return DecodedImage(
        container.format, size, *_prepare_largest(whole, _plan_reduction(size), 1, None), seen, 1, original, None
    )


@dataclass(frozen=True, slots=True)
class _Reduction:
    """The sizes of an upright picture on its way to its largest rendition.

    `square` is the side of the middle square of a very long panorama that is cut first, and None for other pictures.
    """

    target: tuple[int, int]
    square: int | None = None


def _plan_reduction(upright: tuple[int, int]) -> _Reduction:
    width, height = upright
    # The square needs its side even of a panorama that is only a few pixels high at the largest width.
    square = min(1.0, MAX_SQUARE_SIDE / min(width, height))
    scale = min(1.0, max(MAX_WIDTH / width, square), MAX_HEIGHT / height)
    if square > MAX_WIDTH / width and width * height * scale**2 > MAX_PANORAMA_PIXELS:
        scale = min(MAX_WIDTH / width, MAX_HEIGHT / height)
        return _Reduction(_scale(upright, scale), min(MAX_SQUARE_SIDE, width, height))
    return _Reduction(_scale(upright, scale))


def _scale(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _require_memory(image: Image.Image, container: Container, target: tuple[int, int]) -> None:
    """Raise UnusableImage if the decoded picture takes too much memory."""
    if container.format in _MANY_COPIES:
        return
    pixel_bytes = pixels.count_pixel_bytes(image) + 4 / pixels.find_reducing_factor(image.size, target) ** 2
    _require_pixels(image, int((MAX_DECODED_BYTES - container.decoder_bytes) / pixel_bytes))


def _require_pixels(image: Image.Image, limit: int) -> None:
    if image.width * image.height > limit:
        raise UnusableImage(MediaRefusal.TOO_MANY_PIXELS)


def _prepare_largest(
    image: Image.Image, plan: _Reduction, turned: int, profile: bytes | None
) -> tuple[Image.Image, Image.Image | None]:
    """Return the picture as small as renditions allow, and a long panorama's middle."""
    middle = None
    if plan.square is not None:
        side = (plan.square, plan.square)
        middle = _resize_and_convert(pixels.crop_square(image), side, turned, profile)
    return _resize_and_convert(image, _swap_if_sideways(plan.target, turned), turned, profile), middle


def _swap_if_sideways(size: tuple[int, int], turned: int) -> tuple[int, int]:
    return size[::-1] if turned in _SIDEWAYS_ORIENTATIONS else size


def _resize_and_convert(image: Image.Image, size: tuple[int, int], turned: int, profile: bytes | None) -> Image.Image:
    image.load()
    reduced = pixels.reduce(image, size)
    if reduced is not image:
        image.close()  # before more memory is needed
    return pixels.flatten_to_srgb(pixels.turn_upright(pixels.resample(reduced, size), turned), profile)
