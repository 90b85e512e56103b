"""Refusals of communities."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class NotAMember(Forbidden):
    """A person who is no member, or an unknown community.

    The response does not tell which, so that strangers cannot find out which communities exist.
    """

    is_stored = False


class LeadersOnly(Forbidden):
    """A member who is no leader of this community."""


class InvitationInvalid(InvalidInput):
    """An invitation that does not exist, has expired or is used up."""

    counts_as_attempt = True


class OutOfScope(Forbidden):
    """A service token without this scope."""


class OwnToken(Forbidden):
    """An approval of a token by its maker, or a report for its maker."""


class ServicesOnly(Forbidden):
    """A person who does what only a service may do."""


class LastLeader(Refusal):
    """A change that would leave a community without a leader."""


class Muted(Forbidden):
    """A muted member who sends something to others. `retry_at` is the end of the mute."""


class Removed(Forbidden):
    """A removed member who joins again. `retry_at` is the end of the removal, None for no end."""


class LeaderProtected(Forbidden):
    """A sanction of a leader. The role is taken first."""


class MemberSanctioned(Refusal):
    """The role of a leader for a member with a sanction in force."""


class SanctionOver(Refusal):
    """The lifting of a sanction that has ended or was lifted."""


class TrustNotPossible(Refusal):
    """Trust in an author who cannot have it now."""

    reasons = frozenset({"setting", "self", "unproven", "sanctioned", "already"})


class TrustOver(Refusal):
    """The end of a trust that has ended."""


class LeaderNotBlocked(Forbidden):
    """A block between a member and a leader, who reads everything in the office."""
