"""Refusals of the review."""

from community.kernel.errors import Forbidden, Refusal


class OwnSubmission(Forbidden):
    """The leader is the author of the submission."""


class OwnCase(Forbidden):
    """The leader is the member who appealed or complained."""


class OwnThing(Forbidden):
    """The member wrote it."""


class CaseExcluded(Forbidden):
    """The case is about an earlier decision of the leader."""


class CaseClaimed(Forbidden):
    """Another leader has claimed the case until `retry_at`."""

    is_stored = False


class LeaderCanDecide(Refusal):
    """A leader of the community can decide the case, so the operator does not."""


class ComplaintOver(Refusal):
    """The complaint is solved, or cannot be opened again."""


class CannotDecide(Forbidden):
    """The other member may not decide the case."""


class CaseEscalated(Forbidden):
    """The case was escalated before."""


class AppealNotPossible(Refusal):
    """The appeal comes late or a second time, or its subject has ended."""


class AlreadyReported(Refusal):
    """The member has reported this revision before."""


class OwnOpinion(Forbidden):
    """The leader has approved the case before, and another leader must agree."""


class SecondLeaderMissing(Refusal):
    """The community has only one leader, and no other one could agree."""


class AuthorSuspended(Forbidden):
    """The author is suspended."""


class AuthorDisagrees(Forbidden):
    """The author, or the author's guardian, no longer consents to publication."""
