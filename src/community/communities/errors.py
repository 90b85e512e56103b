"""Refusals of communities."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class NotAMember(Forbidden):
    """A person who is no member, or an unknown community.

    The response does not tell which, so that strangers cannot find out which communities exist.
    """

    code = "NOT_A_MEMBER"
    is_stored = False


class LeadersOnly(Forbidden):
    """A member who is no leader of this community."""

    code = "LEADERS_ONLY"


class InvitationInvalid(InvalidInput):
    """An invitation that does not exist, has expired or is used up."""

    code = "INVITATION_INVALID"
    counts_as_attempt = True


class OutOfScope(Forbidden):
    """A service token without this scope."""

    code = "OUT_OF_SCOPE"


class OwnToken(Forbidden):
    """An approval of a token by its maker, or a report for its maker."""

    code = "OWN_TOKEN"


class ServicesOnly(Forbidden):
    """A person who does what only a service may do."""

    code = "SERVICES_ONLY"


class LastLeader(Refusal):
    """A change that would leave a community without a leader."""

    code = "LAST_LEADER"
