"""Refusals of the review."""

from community.kernel.errors import Forbidden, Refusal


class OwnSubmission(Forbidden):
    """The leader is the author of the submission."""

    code = "OWN_SUBMISSION"


class OwnCase(Forbidden):
    """The leader is the member who appealed or complained."""

    code = "OWN_CASE"


class OwnThing(Forbidden):
    """The member wrote it."""

    code = "OWN_THING"


class CaseExcluded(Forbidden):
    """The case is about an earlier decision of the leader."""

    code = "CASE_EXCLUDED"


class CaseClaimed(Forbidden):
    """Another leader has claimed the case until `retry_at`."""

    code = "CASE_CLAIMED"
    is_stored = False


class ComplaintOver(Refusal):
    """The complaint is solved, or cannot be opened again."""

    code = "COMPLAINT_OVER"


class CannotDecide(Forbidden):
    """The other member may not decide the case."""

    code = "CANNOT_DECIDE"


class CaseEscalated(Forbidden):
    """The case was escalated before."""

    code = "CASE_ESCALATED"


class AppealNotPossible(Refusal):
    """The appeal comes late or a second time, or its subject has ended."""

    code = "APPEAL_NOT_POSSIBLE"


class AlreadyReported(Refusal):
    """The member has reported this revision before."""

    code = "ALREADY_REPORTED"


class OwnOpinion(Forbidden):
    """The leader has approved the case before, and another leader must agree."""

    code = "OWN_OPINION"


class SecondLeaderMissing(Refusal):
    """The community has only one leader, and no other one could agree."""

    code = "SECOND_LEADER_MISSING"


class AuthorSuspended(Forbidden):
    """The author is suspended."""

    code = "AUTHOR_SUSPENDED"


class AuthorDisagrees(Forbidden):
    """The author, or the author's guardian, no longer consents to publication."""

    code = "AUTHOR_DISAGREES"
