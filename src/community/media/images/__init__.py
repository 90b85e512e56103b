"""The conversion of an uploaded picture into its renditions, in memory.

The picture is decoded once, as small as its renditions allow. Each rendition is made from the next larger one. Files
contain pixels only, without metadata.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from PIL import Image

from community.media import placeholders
from community.media.containers import UnusableImage, embedding, read_container
from community.media.fingerprints.fingerprint import Fingerprint, make_fingerprint
from community.media.images import pixels
from community.media.images.decoding import MAX_HEIGHT, DecodedImage, decode
from community.media.images.pixels import QUALITY
from community.media.models import MediaRefusal
from community.media.renditions import (
    RenditionFormat,
    RenditionShape,
    RenditionSize,
    build_rendition_name,
    list_sizes,
)

_EMBEDDERS = {"JPEG": embedding.embed_in_jpeg, "PNG": embedding.embed_in_png}


@dataclass(slots=True)
class ProcessedImage:
    """A picture that is ready to be shown.

    `width` and `height` are those of the upright original. `files` are the renditions by file name. `original` has no
    metadata. It stands upright after a turn by `turned`, 1 to 8 as in EXIF. Its colours are those of `profile`.
    """

    format: str
    width: int
    height: int
    turned: int
    original: bytes
    profile: bytes | None
    placeholder: str
    colour: str
    fingerprint: Fingerprint
    captured_at: str | None
    camera: str | None
    files: dict[str, bytes] = field(default_factory=dict)


def make(data: bytes, *, forms: Sequence[RenditionFormat] = tuple(RenditionFormat)) -> ProcessedImage:
    """Make the renditions, the fingerprint and the clean original of an upload.

    Raises UnusableImage with the reason, and MemoryError if the process has a memory limit.
    """
    with _errors_as_unusable():
        decoded = decode(read_container(data))
    stages = dict(_iter_stages(decoded))
    wide, square = stages[RenditionSize.WIDE_480], stages[RenditionSize.SQUARE_200]
    return ProcessedImage(
        format=decoded.format,
        width=decoded.size[0],
        height=decoded.size[1],
        turned=decoded.turned,
        original=decoded.original,
        profile=decoded.profile,
        placeholder=placeholders.compute_placeholder(wide),
        colour=placeholders.compute_dominant_colour(square),
        fingerprint=make_fingerprint(wide),
        captured_at=decoded.camera_metadata.captured_at,
        camera=decoded.camera_metadata.camera,
        files={
            build_rendition_name(size, form): pixels.encode(stage, form, QUALITY[form])
            for size, stage in stages.items()
            for form in forms
        },
    )


def render_original(data: bytes, *, turned: int, profile: bytes | None) -> tuple[bytes, str]:
    """Return the original with its orientation and colours, and its media type.

    A JPEG or PNG keeps its pixels, and gets its orientation and its profile again. Another original that is turned or
    has a profile becomes a JPEG in sRGB. Raises UnusableImage.
    """
    form = read_container(data).format
    if form in _EMBEDDERS:
        return _EMBEDDERS[form](data, turned=turned, profile=profile), f"image/{form.lower()}"
    if turned == 1 and profile is None:
        return data, f"image/{form.lower()}"
    with _errors_as_unusable():
        image = pixels.convert_mode(Image.open(io.BytesIO(data), formats=(form,)))
        image = pixels.flatten_to_srgb(pixels.turn_upright(image, turned), profile)
        return pixels.encode(image, RenditionFormat.JPEG, pixels.ORIGINAL_QUALITY), "image/jpeg"


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
        # Decoders raise many exceptions for a damaged file: OSError, ValueError, SyntaxError, IndexError, struct.error.
        raise UnusableImage(MediaRefusal.BROKEN) from error


def _iter_stages(decoded: DecodedImage) -> Iterator[tuple[RenditionSize, Image.Image]]:
    """Yield the picture in each size, never enlarged. Each is made from the next larger one of its shape."""
    stage, upright = decoded.largest, decoded.size
    for size in list_sizes(RenditionShape.WHOLE):
        scale = min(1.0, size.width_px / upright[0], MAX_HEIGHT / upright[1])
        wanted = (max(1, round(upright[0] * scale)), max(1, round(upright[1] * scale)))
        if wanted[0] < stage.width:
            stage = pixels.resize(stage, wanted)
        yield size, stage
    square = None
    for size in list_sizes(RenditionShape.SQUARE):
        side = min(size.width_px, *upright)
        if square is None:
            square = _cut_square(stage, decoded, side)
        if square.width > side:
            square = pixels.resize(square, (side, side))
        yield size, square


def _cut_square(smallest: Image.Image, decoded: DecodedImage, side: int) -> Image.Image:
    """Return the middle square of the smallest stage that is high enough."""
    if min(smallest.size) >= side:
        return pixels.crop_square(smallest)
    return pixels.crop_square(decoded.largest if decoded.middle is None else decoded.middle)
