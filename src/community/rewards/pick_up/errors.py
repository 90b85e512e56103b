"""Refusals of pick-up points and verification."""

from __future__ import annotations

from community.kernel.errors import Forbidden, Refusal


class PointClosed(Refusal):
    """The pick-up point is closed."""

    code = "PICK_UP_POINT_CLOSED"


class TooManyPoints(Refusal):
    """The community has as many open pick-up points as possible."""

    code = "TOO_MANY_PICK_UP_POINTS"


class TooManyHelpers(Refusal):
    """The pick-up point has as many helpers as possible."""


class CodeInvalid(Refusal):
    """No open redemption of the community has this verification code."""

    code = "VERIFICATION_CODE_INVALID"
    counts_as_attempt = True


class CodeUsed(Refusal):
    """The redemption was handed over or has ended."""

    code = "VERIFICATION_CODE_USED"
    reasons = frozenset({"fulfilled", "cancelled", "expired", "reserved"})


class OtherPoint(Refusal):
    """The redemption is collected at another pick-up point."""

    code = "OTHER_PICK_UP_POINT"
    reasons = frozenset({"needed"})


class VerifiersOnly(Forbidden):
    """Only leaders and the helpers of the pick-up point may do this."""


class UndoTooLate(Refusal):
    """The time to undo a verification has passed."""


class NothingToUndo(Refusal):
    """No handover of the redemption is left to undo."""
