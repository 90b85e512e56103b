"""What older releases left: tags without a letter, keys of refused calls, and returns of renamed purchases.

Before, each kind of call of a service had its own keys. A refused call keeps its key, and so stays refused. Its input
is not known in the present form, so an empty fingerprint stands for it. A granted call is found in the journal.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement
from community.kernel.rewriting import Rewrite, RewrittenColumn

_OLD = "operation IN ('points.spend', 'points.freeze', 'points.refund')"
_IS_REFUSAL = "CAST({}answer AS TEXT) LIKE '{{\"refusal\"%'"
_SAME_KEY = (
    "SELECT 1 FROM idempotency_record o WHERE o.community_id = idempotency_record.community_id AND o.person_id = 0"
    " AND o.key = idempotency_record.key"
)

KEYS: tuple[Statement, ...] = (
    # The same key may have been refused to one kind of call and granted to another.
    (
        f"DELETE FROM idempotency_record WHERE person_id = 0 AND {_OLD} AND (NOT {_IS_REFUSAL.format('')}"
        f" OR EXISTS ({_SAME_KEY} AND (o.operation = 'points' OR o.{_OLD} AND (o.id < idempotency_record.id"
        f" OR NOT {_IS_REFUSAL.format('o.')}))))"
    ),
    {
        # A spend in one statement had no record.
        "postgres": (
            (
                f"DELETE FROM idempotency_record WHERE person_id = 0 AND {_OLD} AND EXISTS (SELECT 1"
                " FROM journal_entry e WHERE e.community_id = idempotency_record.community_id"
                " AND e.created_at >= idempotency_record.created_at"
                " AND encode(sha256(convert_to(e.source_key, 'UTF8')), 'hex') = idempotency_record.key)"
            ),
        ),
        "sqlite": (),
    },
    f"UPDATE idempotency_record SET operation = 'points', fingerprint = '' WHERE person_id = 0 AND {_OLD}",
)

# Two purchases whose references became equal have the id of the later one in its reference. A return of it still has
# the common reference. The points that the return clawed back name the purchase.
_RETURNED = (
    "SELECT b.reference FROM interaction b JOIN award w ON w.community_id = b.community_id"
    " AND w.cause = 'purchase:' || b.id AND w.amount < 0 AND w.created_at >= interaction.created_at"
    " WHERE b.community_id = interaction.community_id AND b.kind = 'PURCHASE'"
    " AND b.membership_id = interaction.membership_id AND b.reference = interaction.purchase || '〔' || b.id || '〕'"
    " ORDER BY w.created_at LIMIT 1"
)
_OTHER_AWARD_STAYS = (
    "EXISTS (SELECT 1 FROM interaction b JOIN award w ON w.community_id = b.community_id"
    " AND w.cause = 'purchase:' || b.id AND w.amount > 0 WHERE b.community_id = interaction.community_id"
    " AND b.kind = 'PURCHASE' AND b.reference = interaction.purchase AND NOT EXISTS (SELECT 1 FROM award v"
    " WHERE v.community_id = w.community_id AND v.reverses_id = w.id))"
)
RETURNS: tuple[Statement, ...] = (
    (
        f"UPDATE interaction SET purchase = COALESCE(({_RETURNED}), purchase)"
        f" WHERE kind = 'RETURN' AND {_OTHER_AWARD_STAYS}"
    ),
)


def _keep_words(tag: str) -> str:
    return tag if any(character.isalnum() for character in tag) else ""


class Migration(Base):
    operations = [
        Rewrite(RewrittenColumn("revision_tag", "tag"), _keep_words),
        Ddl(*KEYS, *RETURNS),
    ]
