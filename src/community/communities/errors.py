"""Refusals of communities."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class NotAMember(Forbidden):
    """A person who is no member, or an unknown community.

    The response does not tell which, so that strangers cannot find out which communities exist.
    """

    code = "NOT_A_MEMBER"
    sentence = "You are not a member of this community."


class LeadersOnly(Forbidden):
    """A member who is no leader of this community."""

    code = "LEADERS_ONLY"
    sentence = "Only a leader of this community may do this."


class InvitationInvalid(InvalidInput):
    """An invitation that does not exist, has expired or is used up."""

    code = "INVITATION_INVALID"
    counts_as_attempt = True
    sentence = "This invitation code is not valid. Ask your leader for a new one."


class OutOfScope(Forbidden):
    """A service token without this scope."""

    code = "OUT_OF_SCOPE"
    sentence = "This service token does not allow this."


class ServicesOnly(Forbidden):
    """A person who does what only a service may do."""

    code = "SERVICES_ONLY"
    sentence = "Only a service with a token may do this."


class LastLeader(Refusal):
    """A change that would leave a community without a leader."""

    code = "LAST_LEADER"
    sentence = "This community would have no leader. Make another member a leader first."
