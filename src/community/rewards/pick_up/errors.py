"""Refusals of pick-up points and verification."""

from __future__ import annotations

from community.kernel.errors import Refusal


class PointClosed(Refusal):
    """The pick-up point is closed."""

    code = "PICK_UP_POINT_CLOSED"


class TooManyPoints(Refusal):
    """The community has as many open pick-up points as possible."""

    code = "TOO_MANY_PICK_UP_POINTS"


class TooManyHelpers(Refusal):
    """The pick-up point has as many helpers as possible."""

    code = "TOO_MANY_HELPERS"
