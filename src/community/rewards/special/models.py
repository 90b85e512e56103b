"""Tables of coupon codes, promised reviews, and co-building projects with their reports."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.media.models import Media
from community.rewards.kinds import ProjectState, PromiseState
from community.rewards.models import Redemption, Reward
from community.submissions.models import Submission


class CouponCode(Table):
    """A code of a supplier. It is sealed, and only the owner of its redemption sees it.

    `digest` is keyed and finds duplicates. It changes with the encryption key. `shown_at` is the first time that the
    owner read it. A voided code is never given.
    """

    fixed = ("community_id", "reward_id", "created_at")

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    digest = fields.TextField()
    code_sealed = fields.TextField()
    imported_by = Membership.foreign_key()
    redemption = Redemption.foreign_key(null=True)
    created_at = fields.DatetimeField()
    shown_at = fields.DatetimeField(null=True)
    voided_at = fields.DatetimeField(null=True)

    constraints = (
        Unique(("community_id", "digest"), "coupon_code_once"),
        Check("shown_at IS NULL OR redemption_id IS NOT NULL", "coupon_code_shown"),
    )
    indexes = (
        PartialIndex("coupon_code_free", ("reward_id", "id"), "redemption_id IS NULL AND voided_at IS NULL"),
        Index(fields=("reward_id", "id"), name="coupon_code_reward"),
        PartialIndex("coupon_code_redemption", ("redemption_id",), "redemption_id IS NOT NULL"),
        Index(fields=("imported_by", "id"), name="coupon_code_importer"),
    )


class TrialPromise(Table):
    """A member's promise to review a trial until `due_at`. The submission keeps it."""

    fixed = ("community_id", "redemption_id", "membership_id", "due_at", "created_at")

    community = Community.foreign_key()
    redemption = Redemption.foreign_key()
    membership = Membership.foreign_key()
    state = fields.TextField()
    due_at = fields.DatetimeField()
    submission = Submission.foreign_key(null=True)
    created_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)

    constraints = (
        Unique(("community_id", "redemption_id"), "trial_promise_once"),
        Unique(("submission_id",), "trial_promise_submission"),
        Check(one_of("state", PromiseState), "trial_promise_state"),
        Check("(state = 'OPEN') = (resolved_at IS NULL)", "trial_promise_resolved"),
        Check("state <> 'KEPT' OR submission_id IS NOT NULL", "trial_promise_kept"),
    )
    indexes = (
        Index(fields=("redemption_id",), name="trial_promise_redemption"),
        Index(fields=("membership_id", "id"), name="trial_promise_member"),
        PartialIndex("trial_promise_due", ("due_at", "id"), "state = 'OPEN'"),
    )


class Project(Table):
    """共建项目: the state of a reward to which members pledge points.

    The goal is the total of its stock, the deadline is the end of its window. The quantity of a redemption is the
    pledged points. `settled_at` is null until every hold was captured or released.
    """

    fixed = ("community_id", "reward_id")

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    state = fields.TextField()
    resolved_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)

    constraints = (
        Unique(("community_id", "reward_id"), "project_once"),
        Check(one_of("state", ProjectState), "project_state"),
        Check(
            "(state = 'OPEN') = (resolved_at IS NULL) AND (settled_at IS NULL OR state <> 'OPEN')",
            "project_resolved",
        ),
    )
    indexes = (
        Index(fields=("reward_id",), name="project_reward"),
        PartialIndex("project_unsettled", ("id",), "settled_at IS NULL"),
    )


class ProjectReport(Table):
    """A leader's report on the progress of a project."""

    append_only = True
    redacts = declare_redactions(title=f"'{REDACTED}'", text=f"'{REDACTED}'")

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    author = Membership.foreign_key()
    title = fields.TextField()
    text = fields.TextField()
    created_at = fields.DatetimeField()

    indexes = (
        Index(fields=("reward_id", "id"), name="project_report_reward"),
        Index(fields=("author_id", "id"), name="project_report_author"),
    )


class ProjectReportMedia(Table):
    """A picture of a report, with its position. The row outlives the picture's files."""

    append_only = True

    community = Community.foreign_key()
    report = ProjectReport.foreign_key()
    position = fields.SmallIntField()
    media = Media.foreign_key()

    constraints = (
        Unique(("community_id", "report_id", "media_id"), "project_report_media_once"),
        Unique(("community_id", "report_id", "position"), "project_report_media_position"),
        Check("position BETWEEN 0 AND 8", "project_report_media_nine"),
    )
    indexes = (Index(fields=("report_id", "position"), name="project_report_media_report"),)
