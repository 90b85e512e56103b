"""From an uploaded picture to what is shown of it: pure work on bytes, in memory.

The picture is decoded once, as small as its renditions allow, and each rendition is made from the next larger one.
Turned upright and brought to sRGB when it is small already. Nothing but pixels is written.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from community.kernel.enumerations import require_each
from community.media import colour_profiles, fingerprints, metadata
from community.media.containers import MAX_PIXELS, Container, UnusableImage, read_container
from community.media.models import MediaRefusal
from community.media.rules import RenditionFormat, RenditionSize, build_rendition_name

MAX_PIXELS_COSTLY_FORMATS = 24_000_000
"""Where the decoder holds a picture several times over: 512 MB must be enough for any."""
MAX_PIXELS_ALL_FRAMES = 400_000_000
MAX_HEIGHT = 16_000
"""WebP goes to 16,383; what is longer is shown narrower."""
MAX_PANORAMA_PIXELS = 4_000_000
"""Pixels of a panorama that is still so high that its square can be cut from it; of a larger one it is cut before."""
QUALITY = {RenditionFormat.JPEG: 80, RenditionFormat.WEBP: 75}
require_each(RenditionFormat, QUALITY)
WEBP_METHOD = 4
ORIGINAL_QUALITY = 92
_MAX_JPEG_SIDE = 65_500
_WIDTHS = {RenditionSize.WIDE_1080: 1080, RenditionSize.WIDE_480: 480}
_SQUARE_SIDE = 200
_TRANSPOSE_BY_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS_ORIENTATIONS = frozenset({5, 6, 7, 8})

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
_SRGB = ImageCms.createProfile("sRGB")
_JPEG_END = b"\xff\xd9"
_FILLER_BYTES = 512
_ROW_BATCH_SIZE = 256


@dataclass(slots=True)
class ProcessedImage:
    """A picture, ready to be shown: `width` and `height` are those of the upright original.

    `files` are the renditions by name; `original` has no metadata any more, and stands upright when it is turned as
    `turned` (1 to 8, as EXIF counts) says and seen through `profile`.
    """

    format: str
    width: int
    height: int
    turned: int
    original: bytes
    profile: bytes | None
    placeholder: str
    colour: str
    perceptual_hash: int
    captured_at: str | None
    camera: str | None
    files: dict[str, bytes] = field(default_factory=dict)


def make(data: bytes, *, forms: Sequence[RenditionFormat] = tuple(RenditionFormat)) -> ProcessedImage:
    """Everything that is made of an upload. Raises Unusable with the reason, MemoryError when memory is limited."""
    with _errors_as_unusable():
        decoded = _decode(read_container(data))
    stages = dict(_iter_stages(decoded))
    wide, square = stages[RenditionSize.WIDE_480], stages[RenditionSize.SQUARE_200]
    return ProcessedImage(
        format=decoded.format,
        width=decoded.size[0],
        height=decoded.size[1],
        turned=decoded.turned,
        original=decoded.original,
        profile=decoded.profile,
        placeholder=fingerprints.compute_placeholder(wide),
        colour=fingerprints.compute_dominant_colour(square),
        perceptual_hash=fingerprints.compute_perceptual_hash(wide),
        captured_at=decoded.camera_metadata.captured_at,
        camera=decoded.camera_metadata.camera,
        files={
            build_rendition_name(size, form): _encode(stage, form, QUALITY[form])
            for size, stage in stages.items()
            for form in forms
        },
    )


@contextmanager
def _errors_as_unusable() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise UnusableImage(MediaRefusal.TOO_MANY_PIXELS) from None
    except (UnusableImage, MemoryError):
        raise
    except Exception as error:
        # Decoders raise whatever they meet: OSError, ValueError, SyntaxError, IndexError, struct.error, …
        raise UnusableImage(MediaRefusal.BROKEN) from error


# --- decoding ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _DecodedImage:
    """A picture before anything is made of it: `size` is the upright original's, `largest` no larger than needed.

    `middle` is the part of a very long panorama of which its square is made.
    """

    format: str
    size: tuple[int, int]
    largest: Image.Image
    middle: Image.Image | None
    camera_metadata: metadata.CameraMetadata
    turned: int
    original: bytes
    profile: bytes | None


def _decode(container: Container) -> _DecodedImage:
    image = Image.open(io.BytesIO(container.picture), formats=(container.format,))
    width, height = image.size
    wasteful = container.format == "WEBP" or (container.format == "HEIF" and image.mode == "RGBA")
    if width * height > (MAX_PIXELS_COSTLY_FORMATS if wasteful else MAX_PIXELS):
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
    return _DecodedImage(container.format, upright, largest, middle, seen, seen.orientation, container.picture, profile)


def _require_complete(jpeg: bytes) -> None:
    """Raises Unusable when pixels are missing at the end of a JPEG: whatever is put in their place is seen then."""
    seen = set()
    for other in (b"\0", b"\x55", b"\xaa"):
        filled = Image.open(
            io.BytesIO(jpeg.removesuffix(_JPEG_END) + other * _FILLER_BYTES + _JPEG_END), formats=("JPEG",)
        )
        pixels = hashlib.sha256()
        for top in range(0, filled.height, _ROW_BATCH_SIZE):
            pixels.update(filled.crop((0, top, filled.width, min(top + _ROW_BATCH_SIZE, filled.height))).tobytes())
        seen.add(pixels.digest())
    if len(seen) > 1:
        raise UnusableImage(MediaRefusal.BROKEN)


def _decode_heif(image: Image.Image) -> _DecodedImage:
    """The decoder has turned it already; its file is written anew, because boxes refer to one another by position."""
    seen = metadata.read(image.info.get("exif"))
    whole = _convert_to_srgb(
        _flatten_alpha(_convert_mode(image)), colour_profiles.reduce(image.info.get("icc_profile"))
    )
    kept = _encode(whole, RenditionFormat.JPEG, ORIGINAL_QUALITY)
    return _DecodedImage("HEIF", whole.size, *_prepare_largest(whole, whole.size, 1, None), seen, 1, kept, None)


def _prepare_largest(
    image: Image.Image, upright: tuple[int, int], turned: int, profile: bytes | None
) -> tuple[Image.Image, Image.Image | None]:
    """The picture upright and in sRGB, no larger than the renditions need, and the middle of a very long one."""
    need = (_WIDTHS[RenditionSize.WIDE_1080], _SQUARE_SIDE)
    # Only a JPEG can be decoded at a fraction of its size; to others this says nothing.
    image.draft(image.mode, need[::-1] if turned in _SIDEWAYS_ORIENTATIONS else need)
    # The square needs its side even of a panorama that is only a few pixels high at 1080 wide.
    width, height = upright
    square = min(1.0, _SQUARE_SIDE / min(width, height))
    scale = min(1.0, max(need[0] / width, square), MAX_HEIGHT / height)
    image = _convert_mode(image)
    middle = None
    if square > need[0] / width and width * height * scale**2 > MAX_PANORAMA_PIXELS:
        middle = _resize_and_orient(_crop_square(image), (min(_SQUARE_SIDE, width, height),) * 2, turned, profile)
        scale = min(need[0] / width, MAX_HEIGHT / height)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    return _resize_and_orient(
        image, target[::-1] if turned in _SIDEWAYS_ORIENTATIONS else target, turned, profile
    ), middle


def _resize_and_orient(image: Image.Image, size: tuple[int, int], turned: int, profile: bytes | None) -> Image.Image:
    """The picture in that size, then upright and in sRGB."""
    if size != image.size:
        image = _resize(image, size)
    if turned in _TRANSPOSE_BY_ORIENTATION:
        image = image.transpose(_TRANSPOSE_BY_ORIENTATION[turned])
    return _convert_to_srgb(_flatten_alpha(image), profile)


def _crop_square(image: Image.Image) -> Image.Image:
    """The largest square in the middle of a picture."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge))


def _resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    # Whole factors first, which cost next to nothing; the filter then sees four pixels for one at most.
    factor = max(1, min(image.width // (2 * size[0]), image.height // (2 * size[1])))
    if factor > 1:
        image = image.reduce(factor)
    return image.resize(size, Image.Resampling.HAMMING)


def _convert_mode(image: Image.Image) -> Image.Image:
    """The pixels as L, LA, RGB, RGBA or CMYK in eight bits."""
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


def _flatten_alpha(image: Image.Image) -> Image.Image:
    """What shines through is white, as the page behind it."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, as its profile understands it; a profile that says nothing of use is not asked."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == {"L": "GRAY"}.get(image.mode, image.mode):
                image = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return _clear_info(image if image.mode == "RGB" else image.convert("RGB"))  # to convert what is RGB would copy it


def _clear_info(image: Image.Image) -> Image.Image:
    """Without what the decoder had noted about it: encoders would write it down again."""
    image.info.clear()
    return image


def render_original(data: bytes, *, turned: int, profile: bytes | None) -> tuple[bytes, str]:
    """A kept original for its owner, and its media type: as it is, or upright and in sRGB as a JPEG.

    As a PNG where it is longer than a JPEG can be.
    """
    form = read_container(data).format
    if turned == 1 and profile is None:
        return data, f"image/{form.lower()}"
    with _errors_as_unusable():
        image = _convert_mode(Image.open(io.BytesIO(data), formats=(form,)))
        if turned in _TRANSPOSE_BY_ORIENTATION:
            image = image.transpose(_TRANSPOSE_BY_ORIENTATION[turned])
        image = _convert_to_srgb(_flatten_alpha(image), profile)
        if max(image.size) > _MAX_JPEG_SIDE:
            out = io.BytesIO()
            image.save(out, "PNG")
            return out.getvalue(), "image/png"
        return _encode(image, RenditionFormat.JPEG, ORIGINAL_QUALITY), "image/jpeg"


# --- renditions ----------------------------------------------------------------------------------------------------


def _iter_stages(decoded: _DecodedImage) -> Iterator[tuple[RenditionSize, Image.Image]]:
    """Each size from the one before it, never enlarged."""
    stage, upright = decoded.largest, decoded.size
    for size, width in _WIDTHS.items():
        scale = min(1.0, width / upright[0], MAX_HEIGHT / upright[1])
        wanted = (max(1, round(upright[0] * scale)), max(1, round(upright[1] * scale)))
        if wanted[0] < stage.width:
            stage = _resize(stage, wanted)
        yield size, stage
    # A panorama's square is cut from what is still high enough.
    side = min(_SQUARE_SIDE, *upright)
    square = _crop_square(
        stage if min(stage.size) >= side else decoded.largest if decoded.middle is None else decoded.middle
    )
    yield RenditionSize.SQUARE_200, square if square.width <= side else _resize(square, (side, side))


def _encode(image: Image.Image, form: RenditionFormat, quality: int) -> bytes:
    out = io.BytesIO()
    if form is RenditionFormat.JPEG:
        image.save(out, "JPEG", quality=quality, optimize=True)
    else:
        image.save(out, "WEBP", quality=quality, method=WEBP_METHOD)
    return out.getvalue()
