"""Container of JPEG (ITU-T T.81)."""

from __future__ import annotations

import re

from community.media.containers.common import Container, UnusableImage, drop_oversized_block, read_bytes, read_int
from community.media.models import MediaRefusal

MAX_SCANS = 64
"""Limit of scans. A progressive JPEG is decoded once for each scan."""

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_PIXEL_MARKERS = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, _SOS}) - {0xC8}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = 0xC2
_RARE_CODINGS = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
"""Frames that are lossless, hierarchical or arithmetic. Browsers show none of them."""
_PRECISION_BITS = 8
"""Bits of a value. Browsers show no other precision."""
_MINIMAL_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_ADOBE_LENGTH = 12
_BLOCK_BYTES = 128
"""Size of a decoded block: 64 coefficients of 16 bits."""


class _JpegParser:
    def __init__(self) -> None:
        self.out: list[bytes | memoryview] = [b"\xff\xd8"]
        self.exif: bytes | None = None
        self.profile: dict[int, bytes] = {}
        self.scans = 0
        self.has_end_marker = False
        self._frame = b""
        self._is_sequential = False
        self._scanned_count = 0

    def measure_coefficients(self) -> int:
        """Return the bytes of all coefficients, which the decoder keeps until the last scan.

        It keeps none of a sequential picture with one scan.
        """
        if self.has_single_full_scan() or not self._frame:
            return 0
        height, width, factors = read_int(self._frame, 1, 2), read_int(self._frame, 3, 2), self._frame[7::3]
        across, down = max(factor >> 4 for factor in factors), max(factor & 15 for factor in factors)
        blocks = sum((factor >> 4) * (factor & 15) for factor in factors)
        return -(-width // (8 * across)) * -(-height // (8 * down)) * blocks * _BLOCK_BYTES

    def has_single_full_scan(self) -> bool:
        """Return True after the only scan of a sequential picture, with all its colours."""
        return self._is_sequential and self.scans == 1 and read_int(self._frame, 5, 1) == self._scanned_count

    def add_segment(self, marker: int, payload: bytes) -> None:
        """Keep a segment that the pixels need, and store EXIF and profile separately.

        Any other segment is dropped.
        """
        if marker in _PIXEL_MARKERS:
            self._append_segment(marker, payload)
            is_frame = marker in _SEQUENTIAL or marker == _PROGRESSIVE
            if marker in _RARE_CODINGS or (is_frame and payload[0] != _PRECISION_BITS):
                raise UnusableImage(MediaRefusal.RARE_CODING)
            if is_frame:
                self._frame, self._is_sequential = payload, marker in _SEQUENTIAL
            elif marker == _SOS:
                self._scanned_count = read_int(payload, 0, 1)
        elif marker == _APP0 and payload.startswith(b"JFIF\0"):
            self._append_segment(marker, _MINIMAL_JFIF)
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= _ADOBE_LENGTH:
            self._append_segment(marker, payload[:_ADOBE_LENGTH])  # the transform of the colours
        elif marker == _APP1 and payload.startswith(b"Exif\0\0") and self.exif is None:
            self.exif = payload[6:]
        elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
            self.profile[int.from_bytes(payload[12:13], "big")] = payload[14:]

    def _append_segment(self, marker: int, payload: bytes) -> None:
        self.out.append(build_segment(marker, payload))


def build_segment(marker: int, payload: bytes) -> bytes:
    """Return a segment with its marker and length."""
    return b"".join((bytes((0xFF, marker)), (len(payload) + 2).to_bytes(2, "big"), payload))


def read(data: bytes) -> Container:
    """Return the parts of a file. Raises UnusableImage, or IndexError, ValueError or an error of a damaged file."""
    parts = _JpegParser()
    at = 2
    while True:
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:  # noqa: PLR2004 - a marker may have any number of fill bytes before it
            at += 1
        marker = data[at]
        at += 1
        if marker == _EOI:
            parts.has_end_marker = True
            break
        if marker in _STANDALONE_MARKERS:
            continue
        length = read_int(data, at, 2)
        if length < 2:  # noqa: PLR2004 - the length includes its own two bytes
            raise ValueError(length)
        parts.add_segment(marker, read_bytes(data, at + 2, length - 2))
        at += length
        if marker == _SOS:
            at = _copy_scan(data, at, parts)
            if at == len(data):
                break
    if not parts.scans:
        raise ValueError("no scan")
    profile = b"".join(parts.profile[number] for number in sorted(parts.profile))
    picture = b"".join((*parts.out, b"\xff\xd9"))
    return Container(
        "JPEG",
        picture,
        drop_oversized_block(parts.exif),
        drop_oversized_block(profile),
        decoder_bytes=parts.measure_coefficients(),
        has_end_marker=parts.has_end_marker,
    )


def _copy_scan(data: bytes, at: int, parts: _JpegParser) -> int:
    parts.scans += 1
    if parts.scans > MAX_SCANS:
        raise UnusableImage(MediaRefusal.TOO_COMPLEX)
    end = _END_OF_SCAN.search(data, at)
    if end is not None:
        parts.out.append(memoryview(data)[at : end.start()])
        return end.start()
    if not parts.has_single_full_scan():
        raise IndexError(at)
    parts.out.append(data[at:].rstrip(b"\xff"))
    return len(data)
