"""Tables of the points bank: accounts, journal, lots, holds, policies and adjustments."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.points.kinds import AdjustmentState, EntryKind, HoldState
from community.points.rules import MAX_DAYS


class Account(Table):
    """An account of a member or of the community itself.

    A member's account stores its balance, its debt and its growth value, which never falls. `approved` counts the
    member's approved submissions, which earning rules may need. A member with a debt has no points. The community's own
    accounts store no balance. It is the sum of their postings. Otherwise every movement would wait for the lock on that
    one row.
    """

    fixed = ("community_id", "kind", "membership_id")

    community = Community.foreign_key()
    kind = fields.TextField()
    membership = Membership.foreign_key(null=True)
    balance = fields.BigIntField(null=True)
    debt = fields.BigIntField()
    growth = fields.BigIntField()
    approved = fields.BigIntField()

    constraints = (
        Unique(("community_id", "membership_id"), "account_member"),
        Unique(("community_id", "kind"), "account_of_community", condition="membership_id IS NULL"),
        Check(
            "(kind = 'MEMBER' AND membership_id IS NOT NULL AND balance IS NOT NULL AND balance >= 0 AND debt >= 0"
            " AND growth >= 0 AND approved >= 0 AND (debt = 0 OR balance = 0))"
            " OR (kind IN ('ISSUANCE', 'SPENT', 'HELD', 'EXPIRED', 'DEBT') AND membership_id IS NULL"
            " AND balance IS NULL AND debt = 0 AND growth = 0 AND approved = 0)",
            "account_shape",
        ),
    )
    indexes = (PartialIndex("account_of_member", ("membership_id",), "membership_id IS NOT NULL"),)


class JournalEntry(Table):
    """An event that moves points.

    The source key is unique in the community, so an event is recorded once. `explanation` holds the rule and figures.
    `about` is the earlier entry that this one refunds, claws back or resolves.
    """

    append_only = True
    redacts = declare_redactions(explanation="'{}'")

    community = Community.foreign_key()
    kind = fields.TextField()
    source_key = fields.TextField()
    explanation: fields.Field[dict[str, object]] = fields.JSONField()
    about = Table.foreign_key(to="JournalEntry", null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "source_key"), "journal_entry_source"),
        Check(one_of("kind", EntryKind), "journal_entry_kind"),
    )
    indexes = (PartialIndex("journal_entry_about", ("about_id",), "about_id IS NOT NULL"),)


class Posting(Table):
    """A movement of points from one account to another.

    One row holds both sides, so the sum of all accounts is always zero. The balances are those after the movement, None
    for an account that stores no balance.
    """

    append_only = True

    community = Community.foreign_key()
    entry = JournalEntry.foreign_key()
    from_account = Account.foreign_key()
    to_account = Account.foreign_key()
    amount = fields.BigIntField()
    from_balance = fields.BigIntField(null=True)
    to_balance = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Check("amount > 0", "posting_amount"),
        Check("from_account_id <> to_account_id", "posting_accounts"),
    )
    indexes = (
        Index(fields=("from_account_id", "id"), name="posting_from"),
        Index(fields=("to_account_id", "id"), name="posting_to"),
        Index(fields=("entry_id",), name="posting_entry"),
        Index(fields=("community_id", "created_at"), name="posting_period"),
    )


class Lot(Table):
    """Points with one origin and one expiry.

    The sum of `remaining` over all lots is the account's balance. The community is not a foreign key. The account's row
    references it already, and each insert would lock the community's row once more.
    """

    fixed = ("community_id", "account_id", "posting_id", "amount", "expires_at")

    community_id = fields.BigIntField()
    account = Account.foreign_key()
    posting = Posting.foreign_key()
    amount = fields.BigIntField()
    remaining = fields.BigIntField()
    expires_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "posting_id"), "lot_once"),
        Check("amount > 0 AND remaining BETWEEN 0 AND amount", "lot_remaining"),
    )
    indexes = (
        PartialIndex("lot_live", ("account_id", "expires_at", "id"), "remaining > 0"),
        PartialIndex("lot_due", ("expires_at", "account_id"), "remaining > 0"),
        Index(fields=("account_id", "id"), name="lot_account"),
    )


class LotMovement(Table):
    """The part of a posting that concerns one lot.

    `amount` is negative for points taken from the lot. A positive amount returns what the movement `returns` took.
    """

    append_only = True

    community_id = fields.BigIntField()
    lot = Lot.foreign_key()
    posting = Posting.foreign_key()
    amount = fields.BigIntField()
    returns = Table.foreign_key(to="LotMovement", null=True)

    constraints = (
        Unique(("community_id", "posting_id", "lot_id"), "lot_movement_once"),
        Check("amount <> 0 AND (amount > 0) = (returns_id IS NOT NULL)", "lot_movement_amount"),
    )
    indexes = (
        Index(fields=("lot_id", "id"), name="lot_movement_lot"),
        PartialIndex("lot_movement_returns", ("returns_id",), "returns_id IS NOT NULL"),
    )


class Hold(Table):
    """冻结: points set aside until capture, release or time-out."""

    fixed = ("community_id", "membership_id", "entry_id", "amount", "expires_at", "created_at")

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    entry = JournalEntry.foreign_key()
    amount = fields.BigIntField()
    captured = fields.BigIntField()
    state = fields.TextField()
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)

    table = "points_hold"
    constraints = (
        Unique(("community_id", "entry_id"), "points_hold_once"),
        Check(one_of("state", HoldState), "points_hold_state"),
        Check("(state = 'OPEN') = (resolved_at IS NULL)", "points_hold_resolved"),
        Check(
            "amount > 0 AND captured BETWEEN 0 AND amount AND (captured > 0) = (state = 'CAPTURED')",
            "points_hold_captured",
        ),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="points_hold_of_member"),
        PartialIndex("points_hold_open_of_member", ("membership_id", "id"), "state = 'OPEN'"),
        PartialIndex("points_hold_due", ("expires_at", "id"), "state = 'OPEN'"),
    )


class PointsPolicy(Table):
    """A community's expiry rule and its limit for corrections by one leader. Without a row the defaults apply."""

    community = Community.foreign_key()
    expiry = fields.TextField()
    rolling_days = fields.BigIntField(null=True)
    adjustment_limit = fields.BigIntField()
    updated_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id",), "points_policy_community"),
        Check(
            f"(expiry = 'ROLLING_DAYS' AND rolling_days IS NOT NULL AND rolling_days BETWEEN 1 AND {MAX_DAYS})"
            " OR (expiry = 'END_OF_FOLLOWING_YEAR' AND rolling_days IS NULL)",
            "points_policy_expiry",
        ),
        Check("adjustment_limit >= 0", "points_policy_adjustment_limit"),
    )


class Adjustment(Table):
    """A correction by hand, with a reason. Above the limit a second person must approve it.

    `requested_by` and `decided_by` are None for the operator. While it is PENDING, `decided_by` is None too.
    """

    fixed = ("community_id", "membership_id", "amount", "requested_by", "created_at")
    redacts = declare_redactions(reason=f"'{REDACTED}'")

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    amount = fields.BigIntField()
    reason = fields.TextField()
    state = fields.TextField()
    requested_by = Membership.foreign_key(null=True)
    decided_by = Membership.foreign_key(null=True)
    entry = JournalEntry.foreign_key(null=True)
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    constraints = (
        Check(one_of("state", AdjustmentState), "adjustment_state"),
        Check("amount <> 0", "adjustment_amount"),
        Check(
            "(state = 'PENDING') = (decided_at IS NULL) AND (state = 'MADE') = (entry_id IS NOT NULL)",
            "adjustment_decided",
        ),
        Check("requested_by IS NULL OR requested_by <> membership_id", "adjustment_two_people"),
    )
    indexes = (
        PartialIndex("adjustment_pending", ("community_id", "id"), "state = 'PENDING'"),
        Index(fields=("community_id", "id"), name="adjustment_community"),
        Index(fields=("membership_id", "id"), name="adjustment_member"),
        PartialIndex("adjustment_requester", ("requested_by",), "requested_by IS NOT NULL"),
        PartialIndex("adjustment_decider", ("decided_by",), "decided_by IS NOT NULL"),
    )
