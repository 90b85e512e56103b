"""Colour profiles for the numbers of an `nclx` box (ITU-T H.273).

High dynamic range (PQ, HLG) is brought into the range of a screen. What is brighter than white is compressed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache

_BOX = b"colrnclx"
_PRIMARIES = {
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""The chromaticities of red, green and blue. Any other number counts as sRGB, as browsers do."""
_BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_D65 = (0.3127, 0.3290)
_D50_XYZ = (0.9642, 1.0, 0.8249)
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_PQ, _HLG = 16, 18
_WHITE_NITS = 203
"""Luminance of white in a picture of high dynamic range (ITU-R BT.2408)."""
_HLG_PEAK_NITS = 1_000
_KNEE = 0.6
"""Linear value up to which nothing is compressed."""
_CURVE_POINTS = 1_024

_Vector = tuple[float, float, float]
_Matrix = tuple[_Vector, _Vector, _Vector]


def build_profile(file: bytes) -> bytes | None:
    """Return the profile of the first `nclx` box, or None for sRGB."""
    at = file.find(_BOX)
    if at < 0 or at + len(_BOX) + 4 > len(file):
        return None
    primaries, transfer = struct.unpack_from(">HH", file, at + len(_BOX))
    if primaries not in _PRIMARIES and transfer not in {_PQ, _HLG}:
        return None
    return _build(primaries, transfer)


@cache
def _build(primaries: int, transfer: int) -> bytes:
    columns = _compute_colorants(_PRIMARIES.get(primaries, _BT709))
    curve = _build_curve({_PQ: _decode_pq, _HLG: _decode_hlg}.get(transfer, _decode_srgb))
    tags = [(b"wtpt", _build_xyz(_D50_XYZ))]
    tags += [(name, _build_xyz(column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)]
    start = 128 + 4 + 12 * (len(tags) + 3)
    table, body = struct.pack(">I", len(tags) + 3), b""
    for name, data in tags:
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        table += struct.pack(">4sII", name, start + len(body), len(curve))
    body += curve
    head = struct.pack(">I4xI12s", start + len(body), 0x02400000, b"mntrRGB XYZ ").ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + _build_xyz(_D50_XYZ)[8:]
    return head.ljust(128, b"\0") + table + body


def _build_xyz(values: _Vector) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65_536) for value in values))


def _build_curve(decode: Callable[[float], float]) -> bytes:
    values = (round(65_535 * min(1.0, decode(number / (_CURVE_POINTS - 1)))) for number in range(_CURVE_POINTS))
    data = struct.pack(f">4s4xI{_CURVE_POINTS}H", b"curv", _CURVE_POINTS, *values)
    return data + bytes(-len(data) % 4)


def _decode_srgb(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - IEC 61966-2-1


def _decode_pq(value: float) -> float:
    """Return the linear value of a PQ value (SMPTE ST 2084)."""
    power = value ** (1 / 78.84375)
    light = max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return _compress(10_000 * light ** (1 / 0.1593017578125) / _WHITE_NITS)


def _decode_hlg(value: float) -> float:
    """Return the linear value of an HLG value (ITU-R BT.2100)."""
    scene = value**2 / 3 if value <= 0.5 else (2.718281828 ** ((value - 0.55991073) / 0.17883277) + 0.28466892) / 12  # noqa: PLR2004
    return _compress(float(_HLG_PEAK_NITS * scene**1.2 / _WHITE_NITS))


def _compress(linear: float) -> float:
    """Return a value below 1 for any brightness, without a visible edge."""
    if linear <= _KNEE:
        return linear
    rest = 1 - _KNEE
    return float(1 - rest * 2.718281828 ** (-(linear - _KNEE) / rest))


def _compute_colorants(primaries: tuple[tuple[float, float], ...]) -> list[_Vector]:
    """Return the XYZ of red, green and blue for the white of profiles (D50)."""
    red, green, blue = (_to_xyz(point) for point in primaries)
    white = _to_xyz(_D65)
    amounts = _solve((red, green, blue), white)
    source, target = _apply(_BRADFORD, white), _apply(_BRADFORD, _D50_XYZ)
    adapted = []
    for colour, amount in zip((red, green, blue), amounts, strict=True):
        cone = _apply(_BRADFORD, (colour[0] * amount, colour[1] * amount, colour[2] * amount))
        scaled = [value * new / old for value, new, old in zip(cone, target, source, strict=True)]
        rows = list(zip(*_BRADFORD, strict=True))
        adapted.append(_solve((rows[0], rows[1], rows[2]), (scaled[0], scaled[1], scaled[2])))
    return adapted


def _to_xyz(point: tuple[float, float]) -> _Vector:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _apply(matrix: _Matrix, vector: _Vector) -> _Vector:
    one, two, three = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return one, two, three


def _solve(columns: _Matrix, wanted: _Vector) -> _Vector:
    """Return the amounts of three columns whose sum is a vector, by Cramer's rule."""
    whole = _determinant(columns)
    one, two, three = columns
    return (
        _determinant((wanted, two, three)) / whole,
        _determinant((one, wanted, three)) / whole,
        _determinant((one, two, wanted)) / whole,
    )


def _determinant(columns: _Matrix) -> float:
    (a, b, c), (d, e, f), (g, h, i) = columns
    return a * (e * i - f * h) - d * (b * i - c * h) + g * (b * f - c * e)
