"""Invariants: none is violated in a correct bank, each finds its planted error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities import service_tokens
from community.communities.models import ServiceScope
from community.kernel import clock, db
from community.points import adjustments, expiry, holds, policy, spend
from community.points.earning import check_in, editing, interactions
from community.points.earning.claw_back import claw_back
from community.points.earning.interactions import InteractionReport
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from community.system.invariants import INVARIANTS
from tests.support.bank import award, find_violations
from tests.support.story import create_community, create_published

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)

# An invariant and a statement that violates it. {…} are ids of the history below.
ERRORS = [
    ("a balance is the sum of postings in, less postings out",
     "UPDATE account SET balance = balance + 1 WHERE id = {mine}"),
    ("a balance is the sum that remains of its lots", "UPDATE lot SET remaining = remaining - 1 WHERE id = {live_lot}"),
    ("every posting stores the balance after it", "UPDATE posting SET to_balance = to_balance + 1 WHERE id = {in}"),
    ("a debt is the points that could not be clawed back, less repayments",
     "UPDATE account SET debt = debt + 1 WHERE id = {debtor}"),
    ("a growth value is the sum of all awards", "UPDATE account SET growth = growth + 1 WHERE id = {mine}"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE journal_entry SET kind = 'REFUND' WHERE id = {award_entry}"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE posting SET community_id = {elsewhere} WHERE id = {in}"),
    ("every entry has one posting, a claw-back at most two",
     ("INSERT INTO journal_entry (community_id, kind, source_key, explanation, created_at)"
      " SELECT community_id, 'AWARD', 'x', '{{}}', created_at FROM journal_entry WHERE id = {award_entry}")),
    ("the rest of a lot is its amount plus its movements",
     "UPDATE lot_movement SET amount = amount - 1 WHERE id = {taking}"),
    ("every posting of a member equals its lots and movements",
     "UPDATE posting SET amount = amount + 1 WHERE id = {out}"),
    ("points are taken from and returned to lots of the same account",
     "UPDATE lot_movement SET lot_id = {foreign_lot} WHERE id = {taking}"),
    ("no more points are returned than were taken",
     "UPDATE lot_movement SET amount = 100 WHERE returns_id IS NOT NULL"),
    ("points of a lot are spent before its expiry and expire after it",
     "UPDATE lot SET expires_at = {long_ago} WHERE id = (SELECT lot_id FROM lot_movement WHERE id = {taking})"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET captured = captured + 1 WHERE state = 'CAPTURED'"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET state = 'RELEASED', resolved_at = created_at WHERE state = 'OPEN'"),
    ("frozen points are the sum of the open holds",
     "UPDATE points_hold SET state = 'RELEASED', resolved_at = created_at WHERE state = 'OPEN'"),
    ("an award and its entry agree", "UPDATE award SET amount = amount + 1 WHERE entry_id = {award_entry}"),
    ("a claw-back takes an award's unexpired points from the member who was awarded",
     "UPDATE award SET amount = amount - 1 WHERE amount < 0"),
    ("a member is awarded once per cause and trigger",
     "UPDATE award SET cause = (SELECT cause FROM award WHERE id = {award}) WHERE id = {other_award}"),
    ("an award belongs to the rule that it names", "UPDATE award SET rule_id = {rule} WHERE id = {award}"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE check_in SET day = '2000-01-01'"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:999' WHERE trigger = 'PICK_UP'"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:' WHERE trigger = 'PICK_UP'"),
    ("an award for a check-in or interaction has its check-in or interaction",
     "UPDATE award SET cause = 'pick_up:99999999999999999999' WHERE trigger = 'PICK_UP'"),
    ("points move as the entry's kind allows, within one community, not before the entry",
     "UPDATE posting SET created_at = {long_ago} WHERE id = {in}"),
    ("a hold froze, captured and released its amounts for its member",
     "UPDATE points_hold SET membership_id = (SELECT membership_id FROM account WHERE id = {debtor})"),
    ("a refund returns points that the same member spent",
     "UPDATE journal_entry SET about_id = {award_entry} WHERE kind = 'REFUND'"),
    ("a refund returns points that the same member spent",
     ("UPDATE journal_entry SET about_id = (SELECT id FROM journal_entry WHERE source_key = 'gone')"
     " WHERE kind = 'REFUND'")),
    ("an award for a returned purchase was clawed back",
     "UPDATE award SET reverses_id = {award} WHERE amount < 0 AND cause LIKE 'purchase:%'"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET amount = amount + 1"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET amount = -amount"),
    ("an adjustment moved its amount for its member, and no member decided on their own account",
     "UPDATE adjustment SET membership_id = (SELECT membership_id FROM account WHERE id = {debtor})"),
    ("each award for a submission has an approval by a leader who did not write it",
     "UPDATE award SET cause = 'submission:999' WHERE trigger = 'SUBMISSION_APPROVED'"),
    ("each award for a submission has an approval by a leader who did not write it",
     "UPDATE award SET cause = 'submission:none' WHERE trigger = 'SUBMISSION_APPROVED'"),
    ("what is public or in review has a title and a text", "UPDATE submission_revision SET title = ''"),
    ("awards for withdrawn and removed submissions are clawed back",
     "UPDATE submission SET state = 'WITHDRAWN', published_revision = NULL"),
]  # fmt: skip


async def build_history():
    """Build a bank with every kind of entry. Return the ids to plant errors at."""
    with clock.at(NOON):
        place, elsewhere = await create_community(residents=3), await create_community()
        mine, debtor, third = place.residents
        await policy.set_policy(place.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=30)
        await award(mine, "mine 1", 20)
        await award(mine, "mine 2", 10)
        await award(third, "third", 5)
        spent = await spend.spend(place.id, mine.id, amount=8, source=Source("spent"))
        await spend.refund(place.id, spent.entry_id, amount=3, source=Source("refund"))
        for key, amount in (("captured", 4), ("open", 2)):
            hold = await holds.freeze(place.id, mine.id, amount=amount, lasts_s=3600, source=Source(key))
            if key == "captured":
                await holds.capture(place.id, hold.id, amount=3)
        await award(debtor, "debtor", 10)
        await spend.spend(place.id, debtor.id, amount=7, source=Source("gone"))
        await claw_back(place.id, "debtor")
        await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2))
        await check_in.record_check_in(mine)
        token = await service_tokens.create(place.leader, name="店", scopes=[ServiceScope.REPORT_INTERACTIONS])
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.PICK_UP, "p-1", mine.id, NOON)
        )
        await editing.publish_as_operator(Trigger.PURCHASE, definition=Definition(3))
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.PURCHASE, "b-1", third.id, NOON)
        )
        await interactions.record_interaction(
            token.row, InteractionReport(InteractionKind.RETURN, "r-1", third.id, NOON, purchase="b-1")
        )
        await adjustments.adjust(place.leader, third.id, amount=-2, reason="重复")
        await create_published(place, author=third)
    with clock.at(NOON + timedelta(days=40)):
        await expiry.expire_due_lots()
        await award(mine, "mine 3", 6)
    find = {
        "mine": ("SELECT id FROM account WHERE membership_id = $1", mine.id),
        "debtor": ("SELECT id FROM account WHERE membership_id = $1", debtor.id),
        "live_lot": ("SELECT max(id) FROM lot WHERE remaining > 0 AND id > $1", 0),
        "foreign_lot": (
            "SELECT l.id FROM lot l JOIN account a ON a.id = l.account_id WHERE a.membership_id = $1",
            third.id,
        ),
        "in": ("SELECT min(id) FROM posting WHERE to_balance > $1", 0),
        "out": (
            "SELECT min(p.id) FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE e.source_key = $1",
            "spent",
        ),
        "taking": ("SELECT min(id) FROM lot_movement WHERE amount < $1", 0),
        "award_entry": ("SELECT id FROM journal_entry WHERE source_key = $1", "mine 2"),
        "award": ("SELECT min(id) FROM award WHERE membership_id = $1", mine.id),
        "other_award": ("SELECT id FROM award WHERE cause = $1", "mine 2"),
        "rule": ("SELECT min(id) FROM earning_rule WHERE id > $1", 0),
    }
    ids = {name: await db.scalar(sql, value) for name, (sql, value) in find.items()}
    return ids | {"elsewhere": elsewhere.id, "long_ago": "'2001-01-01T00:00:00.000000+00:00'"}


class Undone(Exception):  # noqa: N818 - it ends a transaction
    """Takes back what was planted."""


async def find_violations_after(statement):
    """Return the violations after a statement without triggers, and undo it."""
    found = {}

    async def plant():
        if db.dialect() is db.Dialect.POSTGRES:
            await db.execute("SET LOCAL session_replication_role = replica")
        else:
            for row in await db.client().execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                await db.execute(f"DROP TRIGGER {row['name']}")
        await db.execute(statement)
        found.update(await find_violations())
        raise Undone

    with pytest.raises(Undone):
        await db.transaction(plant)
    return found


async def test_right_books_are_proven_row_by_row(database):
    await build_history()
    assert await find_violations() == {}


async def test_every_promise_has_an_error_that_breaks_it():
    tried = {promise for promise, _ in ERRORS}
    # The database has a unique key for source keys, so no statement can insert a second one.
    assert {invariant.description for invariant in INVARIANTS} - tried == {"a source key is used once"}


async def test_every_planted_error_is_found(database):
    ids = await build_history()
    missed = []
    for promise, statement in ERRORS:
        found = await find_violations_after(statement.format(**ids))
        if promise not in found:
            missed.append((promise, statement, found))
    assert missed == []
    assert await find_violations() == {}
