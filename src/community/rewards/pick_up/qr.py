"""Pictures of verification codes."""

from __future__ import annotations

import io

import segno

_SCALE = 8
"""Pixels of one module. A code of 31 characters has 25 to 29 modules and a border of 4."""


def draw_svg(text: str) -> str:
    """Return the QR code of a text as an SVG document."""
    out = io.BytesIO()
    _make(text).save(out, kind="svg", scale=_SCALE, xmldecl=False, light="#fff", nl=False)
    return out.getvalue().decode()


def draw_png(text: str) -> str:
    """Return the QR code of a text as a PNG in a `data:` address.

    Mini-programs can show it.
    """
    address: str = _make(text).png_data_uri(scale=_SCALE)
    return address


def _make(text: str) -> segno.QRCode:
    # Small codes (micro QR) are unknown to the scanners of mini-programs.
    return segno.make(text, micro=False, error="m")
