"""A points bank with a long history, written directly into PostgreSQL.

It satisfies all invariants and is far faster than earning the points.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from community.communities import founding, service_tokens
from community.communities.models import ServiceScope
from community.settings import Settings

REMAINING_LOTS = 3
LOT_POINTS = 1_000_000

_PEOPLE = """
INSERT INTO person (nickname, created_at) SELECT '邻居' || n, now() FROM generate_series(1, {accounts}) AS n;
INSERT INTO membership (community_id, person_id, joined_at)
    SELECT {community}, id, now() FROM person ORDER BY id;
INSERT INTO account (community_id, kind) SELECT {community}, kind
    FROM unnest(ARRAY['ISSUANCE', 'SPENT', 'HELD', 'EXPIRED', 'DEBT']) AS kind;
INSERT INTO account (community_id, kind, membership_id, balance, growth)
    SELECT {community}, 'MEMBER', id, {last}, {last} + 2 * {pairs} FROM membership ORDER BY id;
CREATE TEMP TABLE mine AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, membership_id
    FROM account WHERE kind = 'MEMBER';
CREATE INDEX ON mine (place);
CREATE TEMP TABLE own AS SELECT max(id) FILTER (WHERE kind = 'ISSUANCE') AS issuance,
    max(id) FILTER (WHERE kind = 'SPENT') AS spent FROM account;
ANALYZE mine;
"""
# One movement per number: in turn an award of 2 and its spend, and at the end three lots that remain. Of four awards
# to a member one is for a check-in and one for a pick-up.
_HISTORY = """
CREATE TEMP TABLE past AS
SELECT n, n - 1 < 2 * {pairs} * {accounts} AND n % 2 = 0 AS spends,
    CASE WHEN n <= 2 * {pairs} * {accounts} THEN ((n - 1) / 2) % {accounts} ELSE (n - 1) % {accounts} END AS place,
    CASE WHEN n <= 2 * {pairs} * {accounts} THEN 2 ELSE {lot} END AS amount,
    CASE WHEN n <= 2 * {pairs} * {accounts} THEN CASE WHEN n % 2 = 1 THEN 2 ELSE 0 END
        ELSE {lot} * (1 + (n - 1 - 2 * {pairs} * {accounts}) / {accounts}) END AS balance,
    (n - 1) / 2 / {accounts} AS turn, CASE WHEN n <= 2 * {pairs} * {accounts} THEN
        CASE (n - 1) / 2 / {accounts} % 4 WHEN 0 THEN 'CHECK_IN' WHEN 1 THEN 'PICK_UP' ELSE 'EVENT_PRIZE' END
        ELSE 'EVENT_PRIZE' END AS trigger,
    now() - interval '300 days' + n * interval '1 millisecond' AS at
FROM generate_series(1::bigint, {movements}) AS n;
INSERT INTO journal_entry (id, community_id, kind, source_key, explanation, created_at)
    SELECT n, {community}, CASE WHEN spends THEN 'SPEND' ELSE 'AWARD' END, 'past:' || n, '{{"inputs": {{}}}}', at
    FROM past ORDER BY n;
INSERT INTO posting (id, community_id, entry_id, from_account_id, to_account_id, amount, from_balance, to_balance,
    created_at)
    SELECT n, {community}, n, CASE WHEN spends THEN mine.id ELSE own.issuance END,
        CASE WHEN spends THEN own.spent ELSE mine.id END, amount, CASE WHEN spends THEN balance END,
        CASE WHEN NOT spends THEN balance END, at
    FROM past JOIN mine USING (place), own ORDER BY n;
INSERT INTO lot (id, community_id, account_id, posting_id, amount, remaining, expires_at)
    SELECT n, {community}, mine.id, n, amount, CASE WHEN amount = 2 THEN 0 ELSE amount END,
        now() + interval '300 days' + n % 3 * interval '1 day'
    FROM past JOIN mine USING (place) WHERE NOT spends ORDER BY n;
INSERT INTO lot_movement (community_id, lot_id, posting_id, amount)
    SELECT {community}, n - 1, n, -amount FROM past WHERE spends ORDER BY n;
INSERT INTO award (community_id, membership_id, entry_id, trigger, cause, amount, earned_at, created_at)
    SELECT {community}, mine.membership_id, n, trigger, CASE trigger
        WHEN 'CHECK_IN' THEN 'check-in:' || mine.membership_id || ':' || date '2020-01-01' + turn::integer
        WHEN 'PICK_UP' THEN 'pick_up:' || n ELSE 'past:' || n END, amount, at, at
    FROM past JOIN mine USING (place) WHERE NOT spends ORDER BY n;
INSERT INTO check_in (community_id, membership_id, day, streak, outcome, created_at)
    SELECT {community}, mine.membership_id, date '2020-01-01' + turn::integer, 1, '{{}}', at
    FROM past JOIN mine USING (place) WHERE NOT spends AND trigger = 'CHECK_IN' ORDER BY n;
INSERT INTO interaction (id, community_id, service_token_id, kind, reference, membership_id, occurred_at, outcome,
    created_at)
    SELECT n, {community}, {token}, 'PICK_UP', 'past:' || n, mine.membership_id, at, '{{}}', at
    FROM past JOIN mine USING (place) WHERE NOT spends AND trigger = 'PICK_UP' ORDER BY n;
SELECT setval(pg_get_serial_sequence('journal_entry', 'id'), {movements}),
    setval(pg_get_serial_sequence('posting', 'id'), {movements}),
    setval(pg_get_serial_sequence('lot', 'id'), {movements}),
    setval(pg_get_serial_sequence('interaction', 'id'), {movements});
DROP TABLE past;
DROP TABLE mine;
DROP TABLE own;
"""


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """A community with a long history.

    `first_member` is the id of its first member. `secret` is that of a service token that may move points.
    """

    community_id: int
    first_member: int
    secret: str


async def write_history(settings: Settings, *, accounts: int, postings: int) -> LedgerHistory:
    """Write a community with `accounts` members and about `postings` postings.

    The database must be open, empty and migrated. Every member has three lots of a million points at the end.
    """
    community = (await founding.create_community(name="老社区")).community_id
    token = await service_tokens.create_as_operator(community, name="订单系统", scopes=[ServiceScope.MOVE_POINTS])
    pairs = max(0, postings // accounts - REMAINING_LOTS) // 2
    given = {
        "community": community,
        "token": token.row.id,
        "accounts": accounts,
        "pairs": pairs,
        "movements": (2 * pairs + REMAINING_LOTS) * accounts,
        "lot": LOT_POINTS,
        "last": REMAINING_LOTS * LOT_POINTS,
    }
    connection = await asyncpg.connect(settings.database_url)
    try:
        # The invariants find errors in this history. Checking each foreign key would take most of the time.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute(_PEOPLE.format(**given))
        await connection.execute(_HISTORY.format(**given))
        await connection.execute("VACUUM ANALYZE")
        first = await connection.fetchval("SELECT min(id) FROM membership")
    finally:
        await connection.close()
    return LedgerHistory(community, first, token.secret)
