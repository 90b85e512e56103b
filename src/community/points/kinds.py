"""Enumerations of the points bank."""

from __future__ import annotations

from enum import StrEnum


class AccountKind(StrEnum):
    """Owner and purpose of an account.

    MEMBER is a member's account. The others belong to the community. Points come from ISSUANCE and return there when
    they are clawed back. Points leave to SPENT, HELD and EXPIRED. DEBT lends clawed-back points that a member no longer
    has.
    """

    MEMBER = "MEMBER"
    ISSUANCE = "ISSUANCE"
    SPENT = "SPENT"
    HELD = "HELD"
    EXPIRED = "EXPIRED"
    DEBT = "DEBT"


class EntryKind(StrEnum):
    """Reason why points moved."""

    AWARD = "AWARD"
    SPEND = "SPEND"
    REFUND = "REFUND"
    HOLD = "HOLD"
    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"
    EXPIRY = "EXPIRY"
    CLAW_BACK = "CLAW_BACK"
    REPAYMENT = "REPAYMENT"
    ADJUSTMENT = "ADJUSTMENT"
    RESTORATION = "RESTORATION"


class Figure(StrEnum):
    """Name of a figure in the explanation of an entry. The value is the stored name."""

    KIND = "kind"
    STREAK = "streak"
    AUTHENTICITY = "authenticity"
    USEFULNESS = "usefulness"
    RESONANCE = "resonance"
    BASE = "base"
    STREAK_BONUS = "streak_bonus"
    SEASON_PERCENT = "season_percent"
    BEFORE_CAP = "before_cap"
    AWARDED = "awarded"
    ENDED_BEFORE = "ended_before"
    BECOMES_DEBT = "becomes_debt"
    FROZEN = "frozen"
    CAPTURED = "captured"
    BECAUSE = "because"
    ENDED_AT = "ended_at"
    DEBT_LEFT = "debt_left"
    REFERENCE = "reference"


class HoldState(StrEnum):
    """State of frozen points. Every state but OPEN is final."""

    OPEN = "OPEN"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    TIMED_OUT = "TIMED_OUT"


class ExpiryPolicy(StrEnum):
    """Rule for the expiry of newly earned points."""

    ROLLING_DAYS = "ROLLING_DAYS"
    END_OF_FOLLOWING_YEAR = "END_OF_FOLLOWING_YEAR"


class AdjustmentState(StrEnum):
    """State of a correction by hand. MADE and DECLINED are final."""

    PENDING = "PENDING"
    MADE = "MADE"
    DECLINED = "DECLINED"
