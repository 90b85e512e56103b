"""Rules about sanctions: their limits, and who may receive one."""

from __future__ import annotations

from dataclasses import dataclass

from community.communities import rules
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_text

MAX_REASON_LENGTH = 200
MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class SanctionContent:
    """Kind, reason and length of a sanction. `days` is None for a removal without an end."""

    kind: SanctionKind
    reason: str
    days: int | None

    def __post_init__(self) -> None:
        """Check the values. Raises InvalidInput with all mistakes."""
        with mistakes.collect() as check:
            object.__setattr__(self, "reason", check(normalise_reason, self.reason))
            check(_validate_days, self.kind, self.days)


def _validate_days(kind: SanctionKind, days: int | None) -> None:
    if days is None:
        if kind is not SanctionKind.REMOVAL:
            raise InvalidInput("sanction_end", path=("days",))
    elif not 1 <= days <= MAX_DAYS:
        raise InvalidInput("sanction_days", min=1, max=MAX_DAYS, actual=days, path=("days",))


def normalise_reason(text: str) -> str:
    """Return the reason of a sanction or of its lifting, 1 to 200 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))


def can_sanction(actor: rules.Membership, member: rules.Membership) -> bool:
    """Return True if the actor may give this member a sanction."""
    return rules.can_change_roles(actor, member) and not member.is_leader


def can_read(viewer: MemberRow, member: MemberRow) -> bool:
    """Return True if the viewer may read this member's sanctions.

    The member may, and the leaders.
    """
    return viewer.id == member.id or (rules.can_lead(viewer) and viewer.community_id == member.community_id)
