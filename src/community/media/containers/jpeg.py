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
_MINIMAL_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_ADOBE_LENGTH = 12


class _JpegParser:
    def __init__(self) -> None:
        self.out: list[bytes | memoryview] = [b"\xff\xd8"]
        self.exif: bytes | None = None
        self.profile: dict[int, bytes] = {}
        self.scans = 0
        self.has_end_marker = False
        self._component_count: int | None = None
        self._scanned_count = 0

    def has_single_full_scan(self) -> bool:
        """Return True after the only scan of a sequential picture, with all its colours."""
        return self.scans == 1 and self._component_count == self._scanned_count

    def add_segment(self, marker: int, payload: bytes) -> None:
        """Keep a segment that the pixels need, and store EXIF and profile separately.

        Any other segment is dropped.
        """
        if marker in _PIXEL_MARKERS:
            self._append_segment(marker, payload)
            if marker in _SEQUENTIAL:
                self._component_count = read_int(payload, 5, 1)
            elif marker == _SOS:
                self._scanned_count = read_int(payload, 0, 1)
        elif marker == _APP0 and payload.startswith(b"JFIF\0"):
            self._append_segment(marker, _MINIMAL_JFIF)
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= _ADOBE_LENGTH:
            self._append_segment(marker, payload[:_ADOBE_LENGTH])  # the transform of the colours
        elif marker == _APP1 and payload.startswith(b"Exif\0\0") and self.exif is None:
            self.exif = payload[6:]
        elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
            self.profile[read_int(payload, 12, 1)] = payload[14:]

    def _append_segment(self, marker: int, payload: bytes) -> None:
        self.out += (bytes((0xFF, marker)), (len(payload) + 2).to_bytes(2, "big"), payload)


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
