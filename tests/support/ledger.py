"""A points bank with a long history, written directly into PostgreSQL.

It satisfies all invariants and is far faster than earning the points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from community.communities import founding, service_tokens
from community.communities.models import ServiceScope
from community.kernel import clock
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition
from community.scores.periods import PeriodKind, compute_period
from community.settings import Settings

REMAINING_LOTS = 3
LOT_POINTS = 10_000

_PEOPLE = """
INSERT INTO person (nickname, created_at)
    SELECT '邻居' || n, timestamptz '{now}' FROM generate_series(1, {accounts}) AS n;
INSERT INTO membership (community_id, person_id, joined_at)
    SELECT {community}, id, timestamptz '{now}' FROM person ORDER BY id;
INSERT INTO audit_event (community_id, actor_id, action, subject, subject_id, detail, created_at)
    SELECT community_id, id, 'membership.enter', 'membership', id, '{{}}', joined_at FROM membership ORDER BY id;
INSERT INTO account (community_id, kind) SELECT {community}, kind
    FROM unnest(ARRAY['ISSUANCE', 'SPENT', 'HELD', 'EXPIRED', 'DEBT']) AS kind;
INSERT INTO account (id, community_id, kind, membership_id, balance, growth)
    SELECT 10 + id * {step}, {community}, 'MEMBER', id, {last}, {last} + 2 * {pairs} FROM membership ORDER BY id;
CREATE TEMP TABLE mine AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, membership_id
    FROM account WHERE kind = 'MEMBER';
CREATE INDEX ON mine (place);
CREATE TEMP TABLE own AS SELECT max(id) FILTER (WHERE kind = 'ISSUANCE') AS issuance,
    max(id) FILTER (WHERE kind = 'SPENT') AS spent FROM account;
ANALYZE mine;
"""
# One movement per number: in turn an award of 2 and its spend, and at the end three lots that remain. A turn is a day.
# Of four awards to a member one is for a check-in and three are for pick-ups. The lots at the end are for others.
_HISTORY = """
CREATE TEMP TABLE past AS
SELECT n, n * {step} AS id, is_pair AND n % 2 = 0 AS spends, place, amount, balance, turn, trigger,
    date_trunc('day', timestamptz '{now}') - interval '{days} days' + turn * interval '1 day'
    + place * interval '100 milliseconds' + n % 2 * interval '-50 milliseconds' AS at
FROM (SELECT n, is_pair, (CASE WHEN is_pair THEN (n - 1) / 2 ELSE n - 1 END) % {accounts} AS place,
    CASE WHEN is_pair THEN 2 ELSE {lot} END AS amount,
    CASE WHEN is_pair THEN n % 2 * 2 ELSE {lot} * (1 + (n - 1 - 2 * {pairs} * {accounts}) / {accounts}) END AS balance,
    CASE WHEN is_pair THEN (n - 1) / 2 / {accounts} ELSE {pairs} + (n - 1 - 2 * {pairs} * {accounts}) / {accounts} END
        AS turn,
    CASE WHEN NOT is_pair THEN 'INTERACTION' WHEN (n - 1) / 2 / {accounts} % 4 = 0 THEN 'CHECK_IN' ELSE 'PICK_UP' END
        AS trigger
    FROM (SELECT n, n <= 2 * {pairs} * {accounts} AS is_pair FROM generate_series(1::bigint, {movements}) AS n) AS each
) AS placed;
INSERT INTO journal_entry (id, community_id, kind, source_key, explanation, created_at)
    SELECT id, {community}, CASE WHEN spends THEN 'SPEND' ELSE 'AWARD' END, 'past:' || n,
        CASE WHEN spends THEN '{{"inputs": {{}}}}'::jsonb ELSE jsonb_build_object('rule', trigger, 'version',
            CASE trigger WHEN 'INTERACTION' THEN {gift_version} ELSE {version} END, 'set_by', 'OPERATOR', 'rounding', 2,
            'inputs', CASE trigger WHEN 'CHECK_IN' THEN '{{"base": 2, "streak": 1}}'::jsonb
            WHEN 'PICK_UP' THEN '{{"base": 2}}' ELSE '{{"base": {lot}, "kind": "GIFT"}}' END) END, at
    FROM past ORDER BY n;
INSERT INTO posting (id, community_id, entry_id, from_account_id, to_account_id, amount, from_balance, to_balance,
    created_at)
    SELECT past.id, {community}, past.id, CASE WHEN spends THEN mine.id ELSE own.issuance END,
        CASE WHEN spends THEN own.spent ELSE mine.id END, amount, CASE WHEN spends THEN balance END,
        CASE WHEN NOT spends THEN balance END, at
    FROM past JOIN mine USING (place), own ORDER BY n;
INSERT INTO lot (id, community_id, account_id, posting_id, amount, remaining, expires_at)
    SELECT past.id, {community}, mine.id, past.id, amount, CASE WHEN amount = 2 THEN 0 ELSE amount END,
        make_timestamptz(extract(year FROM at AT TIME ZONE 'Asia/Shanghai')::int + 2, 1, 1, 0, 0, 0, 'Asia/Shanghai')
    FROM past JOIN mine USING (place) WHERE NOT spends ORDER BY n;
INSERT INTO lot_movement (community_id, lot_id, posting_id, amount)
    SELECT {community}, (n - 1) * {step}, id, -amount FROM past WHERE spends ORDER BY n;
INSERT INTO award (community_id, membership_id, entry_id, trigger, rule_id, cause, amount, earned_at, created_at)
    SELECT {community}, mine.membership_id, past.id, trigger, CASE trigger WHEN 'CHECK_IN' THEN {check_in_rule}
        WHEN 'PICK_UP' THEN {pick_up_rule} ELSE {gift_rule} END, CASE trigger
        WHEN 'CHECK_IN' THEN 'check-in:' || mine.membership_id || ':' || (at AT TIME ZONE 'Asia/Shanghai')::date
        WHEN 'PICK_UP' THEN 'pick_up:' || past.id ELSE 'other:' || past.id END, amount, at, at
    FROM past JOIN mine USING (place) WHERE NOT spends ORDER BY n;
INSERT INTO check_in (community_id, membership_id, day, streak, outcome, created_at)
    SELECT {community}, mine.membership_id, (at AT TIME ZONE 'Asia/Shanghai')::date, 1,
        '{{"points": 2, "because": null, "until": null}}', at
    FROM past JOIN mine USING (place) WHERE NOT spends AND trigger = 'CHECK_IN' ORDER BY n;
INSERT INTO interaction (id, community_id, service_token_id, kind, reference, membership_id, name, occurred_at, outcome,
    created_at)
    SELECT past.id, {community}, {token}, CASE trigger WHEN 'PICK_UP' THEN 'PICK_UP' ELSE 'OTHER' END, 'past:' || n,
        mine.membership_id, CASE trigger WHEN 'INTERACTION' THEN 'GIFT' END, at,
        jsonb_build_object('points', amount, 'because', null, 'until', null, 'taken_back', 0), at
    FROM past JOIN mine USING (place) WHERE NOT spends AND trigger <> 'CHECK_IN' ORDER BY n;
INSERT INTO audit_event (community_id, action, subject, subject_id, detail, created_at)
    SELECT {community}, CASE trigger WHEN 'PICK_UP' THEN 'interaction.pick_up' ELSE 'interaction.other' END,
        'interaction', id, jsonb_build_object('points', amount, 'taken_back', 0, 'service_token_id', {token}), at
    FROM past WHERE NOT spends AND trigger <> 'CHECK_IN' ORDER BY n;
INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score, version,
    hidden, everywhere)
    SELECT {community}, membership_id, 'POINTS', kind, period, starts_at, ends_at, -sum(amount), 1, FALSE, FALSE
    FROM award, (VALUES {periods}) AS board (kind, period, starts_at, ends_at)
    WHERE earned_at >= starts_at AND earned_at < ends_at GROUP BY 2, 4, 5, 6, 7;
SELECT setval(pg_get_serial_sequence('journal_entry', 'id'), {movements} * {step}),
    setval(pg_get_serial_sequence('posting', 'id'), {movements} * {step}),
    setval(pg_get_serial_sequence('lot', 'id'), {movements} * {step}),
    setval(pg_get_serial_sequence('account', 'id'), 100 + {accounts} * {step}),
    setval(pg_get_serial_sequence('interaction', 'id'), {movements} * {step});
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


async def write_history(
    settings: Settings, *, accounts: int, postings: int, step: int = 1, ended_at: datetime | None = None
) -> LedgerHistory:
    """Write a community with `accounts` members and about `postings` postings.

    The database must be open, empty and migrated. Every member has three lots of 10,000 points at the end. `step` is
    the distance between two ids. The history ends two days before `ended_at`, or before now.
    """
    community = (await founding.create_community(name="老社区")).community_id
    with clock.at(datetime(2020, 1, 1, tzinfo=UTC)):
        check_in = await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(2))
        pick_up = await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2))
        gift = await editing.publish_as_operator(
            Trigger.INTERACTION, definition=Definition(1, by_kind={"GIFT": LOT_POINTS})
        )
    token = await service_tokens.create_as_operator(community, name="订单系统", scopes=[ServiceScope.MOVE_POINTS])
    pairs = max(0, postings // accounts - REMAINING_LOTS) // 2
    now = ended_at or datetime.now(UTC)
    periods = [compute_period(kind, now.replace(hour=0) - timedelta(days=2), "Asia/Shanghai") for kind in PeriodKind]
    given = {
        "now": now.isoformat(),
        "community": community,
        "token": token.row.id,
        "accounts": accounts,
        "pairs": pairs,
        "movements": (2 * pairs + REMAINING_LOTS) * accounts,
        "lot": LOT_POINTS,
        "last": REMAINING_LOTS * LOT_POINTS,
        "step": step,
        "days": pairs + REMAINING_LOTS + 1,
        "version": pick_up.version,
        "gift_version": gift.version,
        "check_in_rule": check_in.id,
        "pick_up_rule": pick_up.id,
        "gift_rule": gift.id,
        "periods": ", ".join(
            f"('{one.kind}', '{one.name}', timestamptz '{one.start}', timestamptz '{one.end}')" for one in periods
        ),
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
