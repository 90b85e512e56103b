"""Refusals of communities."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class NotAMember(Forbidden):
    """The person does not belong to this community, or there is no such community: the two are not told apart."""

    code = "NOT_A_MEMBER"
    sentence = "You are not a member of this community."


class LeadersOnly(Forbidden):
    """Only a leader of this community may do this."""

    code = "LEADERS_ONLY"
    sentence = "Only a leader of this community may do this."


class InvitationInvalid(InvalidInput):
    """There is no such invitation, or it has expired or been used up."""

    code = "INVITATION_INVALID"
    counts_as_attempt = True
    sentence = "This invitation code is not valid any more. Ask your leader for a new one."


class OutOfScope(Forbidden):
    """The service token is not good for this, or not in this community."""

    code = "OUT_OF_SCOPE"
    sentence = "This service token is not good for this here."


class ServicesOnly(Forbidden):
    """Only a service may do this."""

    code = "SERVICES_ONLY"
    sentence = "Only a service with a token may do this."


class LastLeader(Refusal):
    """A community is never left without a leader."""

    code = "LAST_LEADER"
    sentence = "This community would be left without a leader. Make somebody else a leader first."
