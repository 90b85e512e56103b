"""Tables of complaints and their messages."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, declare_redactions, fields, one_of
from community.review.models import ReviewCase
from community.rewards.models import Redemption, Reward
from community.rewards.pick_up.models import PickUpPoint


class MessageKind(StrEnum):
    """Kind of a message of a complaint."""

    OPENED = "OPENED"
    REPLY = "REPLY"
    SOLUTION = "SOLUTION"
    REOPENED = "REOPENED"


class Complaint(Table):
    """A complaint of a member, about at most one thing. Its words are the messages.

    `case_id` is the present case, `first_case_id` the one before it was opened again.
    """

    fixed = (
        "community_id", "membership_id", "redemption_id", "reward_id", "pick_up_point_id", "first_case_id", "opened_at",
    )  # fmt: skip

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    redemption = Redemption.foreign_key(null=True)
    reward = Reward.foreign_key(null=True)
    pick_up_point = PickUpPoint.foreign_key(null=True)
    first_case = ReviewCase.foreign_key()
    case = ReviewCase.foreign_key()
    opened_at = fields.DatetimeField()
    solved_at = fields.DatetimeField(null=True)
    reopened_at = fields.DatetimeField(null=True)

    # At most one thing, another case after reopening, and an index for each key.
    constraints = (
        Check(
            "(redemption_id IS NULL OR reward_id IS NULL) AND (redemption_id IS NULL OR pick_up_point_id IS NULL)"
            " AND (reward_id IS NULL OR pick_up_point_id IS NULL)",
            "complaint_about",
        ),
        Check("(reopened_at IS NULL) = (case_id = first_case_id)", "complaint_reopened"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="complaint_member"),
        Index(fields=("case_id",), name="complaint_case"),
        Index(fields=("first_case_id",), name="complaint_first_case"),
        PartialIndex(fields=("redemption_id",), name="complaint_redemption", condition="redemption_id IS NOT NULL"),
        PartialIndex(fields=("reward_id",), name="complaint_reward", condition="reward_id IS NOT NULL"),
        PartialIndex(fields=("pick_up_point_id",), name="complaint_point", condition="pick_up_point_id IS NOT NULL"),
    )


class ComplaintMessage(Table):
    """A message of the member or of a leader. `author_id` is null for the operator."""

    append_only = True
    redacts = declare_redactions(text=f"'{REDACTED}'")

    community = Community.foreign_key()
    complaint = Complaint.foreign_key()
    author = Membership.foreign_key(null=True)
    kind = fields.TextField()
    text = fields.TextField()
    created_at = fields.DatetimeField()

    # A known kind, and indexes by complaint and author.
    constraints = (Check(one_of("kind", MessageKind), "complaint_message_kind"),)
    indexes = (
        Index(fields=("complaint_id", "id"), name="complaint_message_complaint"),
        Index(fields=("author_id", "id"), name="complaint_message_author"),
    )
