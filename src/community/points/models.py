"""The points bank's books: accounts, journal entries, postings."""

from __future__ import annotations

from enum import StrEnum

from community.identity.models import Community, Membership
from community.kernel.tables import Check, Index, Table, Unique, fields, one_of, redacting


class AccountKind(StrEnum):
    """Whose account it is: a member's, or the community's own from which points are issued."""

    MEMBER = "MEMBER"
    ISSUANCE = "ISSUANCE"


class EntryKind(StrEnum):
    """Why points moved."""

    AWARD = "AWARD"


class Account(Table):
    """Where points are: a member's account keeps its balance, never below zero.

    The community's own keeps none (it is the sum of its postings): awards would queue for that one row.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    kind = fields.TextField()
    membership: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True
    )
    balance = fields.BigIntField(null=True)

    class Meta:
        """One account a membership, one of its own a community."""

        table = "account"
        constraints = (
            Unique(("community_id", "membership_id"), "account_member"),
            Unique(("community_id", "kind"), "account_of_community", condition="membership_id IS NULL"),
            Check(
                "(kind = 'MEMBER' AND membership_id IS NOT NULL AND balance IS NOT NULL AND balance >= 0)"
                " OR (kind = 'ISSUANCE' AND membership_id IS NULL AND balance IS NULL)",
                "account_shape",
            ),
        )


class JournalEntry(Table):
    """One reason for which points moved. Its source key makes it happen once; its explanation says by which rule."""

    append_only = True
    redacts = redacting(explanation="'{}'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    kind = fields.TextField()
    source_key = fields.TextField()
    explanation: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """Nothing is ever paid twice."""

        table = "journal_entry"
        constraints = (
            Unique(("community_id", "source_key"), "journal_entry_source"),
            Check(one_of("kind", EntryKind), "journal_entry_kind"),
        )


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
