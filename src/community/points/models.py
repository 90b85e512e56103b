"""The points bank's books: accounts, journal entries, postings, lots and what moved in them, holds."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of


class AccountKind(StrEnum):
    """Whose account it is: a member's, or one of the community's own.

    ISSUANCE is where points come from, and where claimed-back ones return to. SPENT, HELD and EXPIRED are where they
    go. DEBT lends what a member has to give back and does not have.
    """

    MEMBER = "MEMBER"
    ISSUANCE = "ISSUANCE"
    SPENT = "SPENT"
    HELD = "HELD"
    EXPIRED = "EXPIRED"
    DEBT = "DEBT"


class EntryKind(StrEnum):
    """Why points moved."""

    AWARD = "AWARD"
    SPEND = "SPEND"
    REFUND = "REFUND"
    HOLD = "HOLD"
    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"
    EXPIRY = "EXPIRY"
    CLAW_BACK = "CLAW_BACK"
    REPAYMENT = "REPAYMENT"
    ADJUSTMENT = "ADJUSTMENT"


class HoldState(StrEnum):
    """What became of frozen points; everything but OPEN is final."""

    OPEN = "OPEN"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    TIMED_OUT = "TIMED_OUT"


class ExpiryPolicy(StrEnum):
    """When points that are earned now end."""

    ROLLING_DAYS = "ROLLING_DAYS"
    END_OF_FOLLOWING_YEAR = "END_OF_FOLLOWING_YEAR"


class AdjustmentState(StrEnum):
    """What became of a correction by hand."""

    PENDING = "PENDING"
    MADE = "MADE"
    DECLINED = "DECLINED"


class Account(Table):
    """Where points are: a member's account keeps its balance, its debt, and its growth value, which only rises.

    `approved` counts the member's approved submissions, which rules may need. Whoever is in debt has no points. The
    community's own accounts keep no balance (it is the sum of their postings): everybody would queue for that one row.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    kind = fields.TextField()
    membership: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True
    )
    balance = fields.BigIntField(null=True)
    debt = fields.BigIntField()
    growth = fields.BigIntField()
    approved = fields.BigIntField()

    class Meta:
        """One account a membership, one of each kind of its own a community."""

        table = "account"
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


class JournalEntry(Table):
    """One reason for which points moved. Its source key makes it happen once; its explanation says by which rule.

    `about` is the earlier entry that it gives back, takes back, or resolves.
    """

    append_only = True
    redacts = declare_redactions(explanation="'{}'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    kind = fields.TextField()
    source_key = fields.TextField()
    explanation: fields.Field[dict[str, object]] = fields.JSONField()
    about: fields.ForeignKeyNullableRelation[JournalEntry] = fields.ForeignKeyField("community.JournalEntry", null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Nothing is ever paid twice."""

        table = "journal_entry"
        constraints = (
            Unique(("community_id", "source_key"), "journal_entry_source"),
            Check(one_of("kind", EntryKind), "journal_entry_kind"),
        )
        indexes = (PartialIndex(fields=("about_id",), name="journal_entry_about", condition="about_id IS NOT NULL"),)


class Posting(Table):
    """So many points from one account to another: the zero sum is structural.

    The balances are those after it, None for an account that keeps none.
    """

    append_only = True

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    entry: fields.ForeignKeyRelation[JournalEntry] = fields.ForeignKeyField("community.JournalEntry")
    from_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("community.Account", related_name="out")
    to_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("community.Account", related_name="into")
    amount = fields.BigIntField()
    from_balance = fields.BigIntField(null=True)
    to_balance = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Read by account and by period."""

        table = "posting"
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
    """Points that came in together and end together. What remains of all lots is the account's balance.

    No foreign key points at the community: the row of the account does already, and each would be locked once more.
    """

    community_id = fields.BigIntField()
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("community.Account")
    posting: fields.ForeignKeyRelation[Posting] = fields.ForeignKeyField("community.Posting")
    amount = fields.BigIntField()
    remaining = fields.BigIntField()
    expires_at = fields.DatetimeField()

    class Meta:
        """Found by what can be spent next, and by what has to end next."""

        table = "lot"
        constraints = (
            Unique(("community_id", "posting_id"), "lot_once"),
            Check("amount > 0 AND remaining BETWEEN 0 AND amount", "lot_remaining"),
        )
        indexes = (
            PartialIndex(fields=("account_id", "expires_at", "id"), name="lot_live", condition="remaining > 0"),
            PartialIndex(fields=("expires_at", "account_id"), name="lot_due", condition="remaining > 0"),
            Index(fields=("account_id", "id"), name="lot_account"),
        )


class LotMovement(Table):
    """How much of a posting was taken out of a lot (negative), or given back to it, and which taking that undoes."""

    append_only = True

    community_id = fields.BigIntField()
    lot: fields.ForeignKeyRelation[Lot] = fields.ForeignKeyField("community.Lot")
    posting: fields.ForeignKeyRelation[Posting] = fields.ForeignKeyField("community.Posting")
    amount = fields.BigIntField()
    returns: fields.ForeignKeyNullableRelation[LotMovement] = fields.ForeignKeyField("community.LotMovement", null=True)

    class Meta:
        """Once a posting and lot."""

        table = "lot_movement"
        constraints = (
            Unique(("community_id", "posting_id", "lot_id"), "lot_movement_once"),
            Check("amount <> 0 AND (amount > 0) = (returns_id IS NOT NULL)", "lot_movement_amount"),
        )
        indexes = (
            Index(fields=("lot_id", "id"), name="lot_movement_lot"),
            PartialIndex(fields=("returns_id",), name="lot_movement_returns", condition="returns_id IS NOT NULL"),
        )


class Hold(Table):
    """冻结: points set aside for something that is not certain yet; captured, released, or timed out, once."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    entry: fields.ForeignKeyRelation[JournalEntry] = fields.ForeignKeyField("community.JournalEntry")
    amount = fields.BigIntField()
    captured = fields.BigIntField()
    state = fields.TextField()
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by whose it is and by when it times out."""

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
            Index(fields=("community_id", "membership_id", "id"), name="points_hold_member"),
            PartialIndex(
                fields=("community_id", "membership_id", "id"), name="points_hold_open", condition="state = 'OPEN'"
            ),
            PartialIndex(fields=("expires_at", "id"), name="points_hold_due", condition="state = 'OPEN'"),
        )


class PointsPolicy(Table):
    """How long a community's points last, and how much one leader may correct alone; without a row, the defaults."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    expiry = fields.TextField()
    rolling_days = fields.BigIntField(null=True)
    adjustment_limit = fields.BigIntField()
    updated_at = fields.DatetimeField()

    class Meta:
        """One a community; what changed when is in the audit trail."""

        table = "points_policy"
        constraints = (
            Unique(("community_id",), "points_policy_community"),
            Check(
                "(expiry = 'ROLLING_DAYS' AND rolling_days IS NOT NULL AND rolling_days BETWEEN 1 AND 3650)"
                " OR (expiry = 'END_OF_FOLLOWING_YEAR' AND rolling_days IS NULL)",
                "points_policy_expiry",
            ),
            Check("adjustment_limit >= 0", "points_policy_adjustment_limit"),
        )


class Adjustment(Table):
    """A correction by hand: asked for with a reason, and above the limit made only when a second person agrees.

    `requested_by` and `decided_by` are None for the operator.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    amount = fields.BigIntField()
    reason = fields.TextField()
    state = fields.TextField()
    requested_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="requested_by", related_name="adjustments_requested"
    )
    decided_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="decided_by", related_name="adjustments_decided"
    )
    entry: fields.ForeignKeyNullableRelation[JournalEntry] = fields.ForeignKeyField("community.JournalEntry", null=True)
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        """Nobody corrects their own account."""

        table = "adjustment"
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
            PartialIndex(fields=("community_id", "id"), name="adjustment_pending", condition="state = 'PENDING'"),
            Index(fields=("community_id", "id"), name="adjustment_community"),
        )
