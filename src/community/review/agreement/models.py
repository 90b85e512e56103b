"""Tables of approvals by two leaders."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, Table, Unique, fields, one_of
from community.review.models import ReviewCase
from community.submissions.models import SubmissionKind


class TwoPersonKind(Table):
    """A kind of submissions whose approval needs two leaders in a community."""

    community = Community.foreign_key()
    kind = fields.TextField()

    constraints = (
        Unique(("community_id", "kind"), "two_person_kind_once"),
        Check(one_of("kind", SubmissionKind), "two_person_kind_kind"),
    )


class ReviewOpinion(Table):
    """A leader's own approval of a case that needs two leaders. A case has at most one of each leader."""

    community = Community.foreign_key()
    case = ReviewCase.foreign_key()
    given_by = Membership.foreign_key()
    authenticity = fields.SmallIntField()
    usefulness = fields.SmallIntField()
    resonance = fields.SmallIntField()
    recommended = fields.BooleanField()
    given_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "case_id", "given_by"), "review_opinion_once"),
        Check(
            # Not BETWEEN, whose form PostgreSQL changes when a backup is restored.
            "authenticity >= 1 AND authenticity <= 5 AND usefulness >= 1 AND usefulness <= 5"
            " AND resonance >= 1 AND resonance <= 5",
            "review_opinion_scores",
        ),
    )
    indexes = (Index(fields=("given_by", "id"), name="review_opinion_giver"),)
