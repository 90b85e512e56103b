"""Why identity says no."""

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class PlatformUnavailable(Refusal):
    """This deployment does not offer that login."""

    code = "PLATFORM_UNAVAILABLE"
    sentence = "This way of logging in is not offered here."


class LoginCodeInvalid(Refusal):
    """The platform does not know the code."""

    code = "LOGIN_CODE_INVALID"
    sentence = "The login code is not valid. Ask the platform for a new one."


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
    sentence = "This invitation code is not valid any more. Ask your leader for a new one."


class OutOfScope(Forbidden):
    """The service token is not good for this, or not in this community."""

    code = "OUT_OF_SCOPE"
    sentence = "This service token is not good for this here."


class ServicesOnly(Forbidden):
    """Only a service may do this."""

    code = "SERVICES_ONLY"
    sentence = "Only a service with a token may do this."


class LoginBlocked(Refusal):
    """The platform has blocked this person."""

    code = "LOGIN_BLOCKED"
    sentence = "The platform has blocked this login."


class PlatformBusy(Refusal):
    """The platform does not answer, answers oddly, or asks for patience. Nothing was changed."""

    code = "PLATFORM_BUSY"
    sentence = "The platform does not answer at the moment. Try again in a little while, with a new code."


class TooManyAttempts(Refusal):
    """Too many failed attempts from one place; `retry_at` says when it may be tried again."""

    code = "TOO_MANY_ATTEMPTS"
    sentence = "Too many attempts have failed. Try again later."


class Banned(Refusal):
    """The operator has suspended the person."""

    code = "BANNED"
    sentence = "This account is suspended."


class SessionEnded(Refusal):
    """The refresh token is not good any more."""

    code = "SESSION_ENDED"
    sentence = "This session has ended. Log in again."


class IdentityTaken(Refusal):
    """What is to be linked belongs to somebody else already."""

    code = "IDENTITY_TAKEN"
    sentence = "This login belongs to another account already."


class LastIdentity(Refusal):
    """The only way in cannot be taken away."""

    code = "LAST_IDENTITY"
    sentence = "This is your only way to log in. Link another one first."


class LastLeader(Refusal):
    """A community is never left without a leader."""

    code = "LAST_LEADER"
    sentence = "This community would be left without a leader. Make somebody else a leader first."


class ConsentMissing(Forbidden):
    """The person has not agreed to what this rests on, or has withdrawn it."""

    code = "CONSENT_MISSING"
    sentence = "This rests on your consent, which has not been given."


class GuardianNeeded(Forbidden):
    """A person under 14 whose guardian has not confirmed."""

    code = "GUARDIAN_NEEDED"
    sentence = "You are under 14: a guardian has to confirm first."


class GuardianUnsuitable(Refusal):
    """Not somebody who can confirm for this child."""

    code = "GUARDIAN_UNSUITABLE"
    sentence = "A guardian is another person, of 18 years or more, who has stated their date of birth."


class GuardianCodeInvalid(InvalidInput):
    """There is no such request, or it has expired."""

    code = "GUARDIAN_CODE_INVALID"
    sentence = "This guardian code is not valid any more. Ask for a new one."
