"""The statements of every migration, and at least one row of every table."""

from __future__ import annotations

import pkgutil
from datetime import UTC, datetime
from importlib import import_module

from tortoise.migrations.operations import RunPython

import community.migrations
from community.kernel import clock, db
from community.kernel.ddl import Ddl
from community.kernel.rewriting import Rewrite

HISTORY = "tortoise_migrations"
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def migrations() -> list[str]:
    """Return the names of this version's migrations, in order."""
    return sorted(module.name for module in pkgutil.iter_modules(community.migrations.__path__))


def statements() -> list[str]:
    """Return every statement of the migrations, in the dialect of the open database."""
    texts = []
    for name in migrations():
        for operation in import_module(f"{community.migrations.__name__}.{name}").Migration.operations:
            if isinstance(operation, Rewrite | RunPython):
                continue  # It changes rows and no table.
            assert isinstance(operation, Ddl)
            texts.extend(operation.render_sql(db.dialect().value))
    return texts


# A table's rows get the ids 1, 2, … in this order. A new table needs a row here, a new column only when it is NOT NULL.
ROWS = [
    ("idempotency_record", {"community_id": 1, "person_id": 1, "operation": "o", "key": "k", "fingerprint": "f",
                            "answer": {"answer": {"名": "值"}}}),
    ("outbox_effect", {"name": "effects.waits", "args": {"id": 1}, "due_at": None}),
    ("outbox_effect", {"name": "effects.done", "args": {}, "due_at": None, "done_at": None, "attempt": 1}),
    ("outbox_effect", {"name": "effects.parked", "args": {}, "due_at": None, "parked_at": None, "error": "no"}),
    ("schedule", {"name": "effects.daily", "every_s": 86_400, "next_at": None}),
    ("audit_event", {"community_id": 1, "action": "a.b", "subject": "person", "subject_id": 1, "detail": {"n": [1]}}),
    ("trusted_document", {"digest": "d", "text": "{ __typename }", "registered_at": None}),
    ("seal", {"content": "audit_event", "columns": "action", "after_id": 0, "last_id": 1, "marks": "", "redacted": "[]",
              "previous_digest": "", "digest": "d"}),
    ("seal_salt", {"seal_id": 1, "salt": "s"}),
    ("redaction", {"table_name": "audit_event", "row_id": 1}),
    ("person", {"nickname": "阿明"}),
    ("person", {"nickname": "小红"}),
    ("platform_identity", {"person_id": 1, "platform": "DEVELOPMENT", "subject": "s"}),
    ("community", {"name": "桃园", "time_zone": "Asia/Shanghai", "visibility": "PUBLIC", "joining": "OPEN"}),
    ("person_phone", {"person_id": 1, "digest": "d", "sealed": "s", "bound_at": None}),
    ("encryption_key", {"fingerprint": "f", "recorded_at": None}),
    ("platform_token", {"platform": "WECHAT", "token_sealed": "s", "expires_at": None, "lease_until": None}),
    ("guardianship", {"person_id": 2, "guardian_id": 1, "confirmed_at": None}),
    ("login_session", {"person_id": 1, "platform": "WECHAT", "refreshed_at": None, "expires_at": None}),
    ("refresh_token", {"session_id": 1, "digest": "d", "issued_at": None}),
    ("login_attempt", {"who": "w", "since": None, "attempts": 2}),
    ("consent_document", {"purpose": "SERVICE", "version": 1, "title": "题", "text": "文", "renews": True,
                          "published_at": None}),
    ("consent", {"person_id": 1, "document_id": 1, "purpose": "SERVICE", "given_at": None}),
    ("data_export", {"person_id": 1, "state": "READY", "requested_at": None, "ready_at": None, "expires_at": None,
                     "archive": "a", "size_bytes": 9}),
    ("erasure", {"person_id": 1, "content": "REMOVE", "requested_at": None, "due_at": None}),
    ("retention_run", {"kind": "k", "ran_at": None, "dropped": 1, "dropped_ever": 2}),
    ("community_change", {"community_id": 1, "version": 1, "changes": {"name": "桃园"}}),
    ("membership", {"community_id": 1, "person_id": 1, "joined_at": None}),
    ("membership", {"community_id": 1, "person_id": 2, "joined_at": None}),
    ("membership_role", {"community_id": 1, "membership_id": 1, "role": "LEADER", "granted_at": None}),
    ("invitation", {"community_id": 1, "code": "c", "created_by": 1, "expires_at": None, "most_uses": 3, "uses": 2}),
    ("invitation", {"community_id": 1, "code": "d", "role": "EXPERT", "expires_at": None, "most_uses": 1}),
    ("invitation_use", {"community_id": 1, "invitation_id": 1, "membership_id": 2, "used_at": None}),
    ("sanction", {"community_id": 1, "membership_id": 2, "kind": "MUTE", "reason": "广告", "given_by": 1,
                  "starts_at": PAST, "ends_at": None}),
    ("trust", {"community_id": 1, "membership_id": 2, "given_by": 1, "reason": "好", "given_at": PAST}),
    ("account", {"community_id": 1, "kind": "ISSUANCE"}),
    ("account", {"community_id": 1, "kind": "MEMBER", "membership_id": 2, "balance": 60}),
    ("journal_entry", {"community_id": 1, "kind": "AWARD", "source_key": "s:1", "explanation": {"rule": 1}}),
    ("posting", {"community_id": 1, "entry_id": 1, "from_account_id": 1, "to_account_id": 2, "amount": 60,
                 "to_balance": 60}),
    ("lot", {"community_id": 1, "account_id": 2, "posting_id": 1, "amount": 60, "remaining": 60, "expires_at": None}),
    ("lot_movement", {"community_id": 1, "lot_id": 1, "posting_id": 1, "amount": -1}),
    ("points_hold", {"community_id": 1, "membership_id": 2, "entry_id": 1, "amount": 5, "state": "OPEN",
                     "expires_at": None}),
    ("points_policy", {"community_id": 1, "expiry": "ROLLING_DAYS", "rolling_days": 365, "adjustment_limit": 100,
                       "updated_at": None}),
    ("adjustment", {"community_id": 1, "membership_id": 2, "amount": -5, "reason": "重复", "state": "PENDING",
                    "requested_by": 1}),
    ("earning_rule", {"community_id": 0, "trigger": "CHECK_IN", "version": 1, "definition": {"amount": 1},
                      "effective_from": None}),
    ("word_list", {"community_id": 1, "version": 1, "content": {"words": [], "exceptions": []}, "word_count": 0,
                   "exception_count": 0}),
    ("season", {"community_id": 1, "name": "春节", "percent": 200, "triggers": '["CHECK_IN"]', "starts_at": PAST,
                "ends_at": None}),
    ("award", {"community_id": 1, "membership_id": 2, "entry_id": 1, "trigger": "SUBMISSION_APPROVED",
               "cause": "submission:1", "amount": 60, "earned_at": None}),
    ("board_score", {"community_id": 1, "membership_id": 2, "kind": "EVER", "period": "ever", "score": -60,
                     "version": 1, "hidden": False}),
    ("member_name_part", {"community_id": 1, "membership_id": 2, "part": "王"}),
    ("member_block", {"community_id": 1, "membership_id": 2, "blocked_id": 1}),
    ("leaderboard_score", {"community_id": 1, "membership_id": 2, "board": "LIKES", "kind": "EVER", "period": "ever",
                           "starts_at": PAST, "ends_at": None, "score": -60, "version": 1, "hidden": False,
                           "everywhere": False}),
    ("leaderboard_closing", {"community_id": 1, "board": "POINTS", "kind": "DAY", "period": "day:2026-01-01",
                             "starts_at": PAST, "ends_at": None, "closed_at": None}),
    ("podium_place", {"community_id": 1, "closing_id": 1, "membership_id": 2, "rank": 1, "score": 60}),
    ("honour", {"community_id": 1, "membership_id": 2, "closing_id": 1, "kind": "GOLD_INTERACTION",
                "period": "year:2026-01-01", "rank": 1, "granted_at": None}),
    ("check_in", {"community_id": 1, "membership_id": 2, "day": "2026-11-24", "streak": 3, "outcome": {}}),
    ("service_token", {"community_id": 1, "name": "订单系统", "digest": "d", "scopes": '["MOVE_POINTS"]'}),
    ("interaction", {"community_id": 1, "service_token_id": 1, "kind": "PURCHASE", "reference": "o-1",
                     "membership_id": 2, "occurred_at": None, "outcome": {}}),
    ("announcement", {"community_id": 1, "written_by": 1, "text": "团", "send_at": PAST}),
    ("notice_mute", {"community_id": 1, "membership_id": 2, "kind": "LIKED"}),
    ("message_quota", {"person_id": 2, "topic": "REVIEW", "template": "t", "remaining": 3}),
    ("message_entry", {"person_id": 2, "template": "t", "amount": 3, "reason": "ACCEPTED"}),
    ("notice", {"community_id": 1, "membership_id": 2, "kind": "POINTS_EXPIRED", "key": "k", "detail": {"n": 1}}),
    ("submission", {"community_id": 1, "author_id": 2, "kind": "RECIPE", "state": "PUBLISHED", "published_revision": 1,
                    "published_at": None, "recommended": True, "like_count": 1, "updated_at": None}),
    ("submission", {"community_id": 1, "author_id": 2, "kind": "USAGE_TIP", "state": "IN_REVIEW", "updated_at": None}),
    ("submission_revision", {"community_id": 1, "submission_id": 1, "number": 1, "title": "题", "text": "文"}),
    ("submission_revision", {"community_id": 1, "submission_id": 2, "number": 1, "title": "题", "text": "文",
                             "product_ref": "p"}),
    ("revision_tag", {"community_id": 1, "revision_id": 1, "position": 0, "tag": "汤"}),
    ("media", {"person_id": 1, "client_key": "k", "digest": "d", "size_bytes": 9, "state": "READY", "name": "n",
               "original_name": "o", "format": "JPEG", "width": 4, "height": 3, "turned": 1, "placeholder": "p",
               "colour": "#000000", "perceptual_hash": -1, "processed_at": None, "fingerprinted_at": None}),
    ("picture_fingerprint", {"media_id": 1, "digest": "d", "hashes": b"h", "square": b"s"}),
    ("picture_fingerprint_key", {"community_id": 1, "band": 1, "hash": 1, "fingerprint_id": 1}),
    ("search_document", {"community_id": 1, "kind": "SUBMISSION", "subject_id": 1, "number": 1, "title": "汤",
                         "content": "汤", "tokens": "汤"}),
    ("sent_picture", {"community_id": 1, "submission_id": 1, "fingerprint_id": 1, "sent_at": None}),
    ("sent_picture", {"community_id": 1, "submission_id": 2, "fingerprint_id": 1, "sent_at": None}),
    ("comment_picture", {"community_id": 1, "comment_id": 1, "fingerprint_id": 1, "sent_at": None}),
    ("picture_match", {"community_id": 1, "earlier_id": 1, "later_id": 2, "kind": "EXACT"}),
    ("platform_check", {"community_id": 1, "person_id": 1, "subject": "revision:1", "kind": "MEDIA_CHECK",
                        "media_id": 1, "trace_id": "t", "attempts": 1, "state": "ANSWERED", "verdict": "PASS",
                        "asked_at": None, "answered_at": None}),
    ("media_use", {"media_id": 1, "community_id": 1, "subject": "SUBMISSION", "subject_id": 1, "published": True}),
    ("media_volume", {"community_id": 1, "size_bytes": 9}),
    ("revision_media", {"community_id": 1, "revision_id": 1, "position": 0, "media_id": 1}),
    ("submission_like", {"community_id": 1, "submission_id": 1, "membership_id": 1}),
    ("submission_favourite", {"community_id": 1, "submission_id": 1, "membership_id": 1}),
    ("submission_share", {"community_id": 1, "submission_id": 1, "membership_id": 1, "channel": "LINK"}),
    ("submission_view", {"community_id": 1, "submission_id": 1, "views": 3}),
    ("topic", {"community_id": 1, "opened_by": 1, "tag": "汤", "description": "煮", "version": 1, "starts_at": PAST,
               "ends_at": None}),
    ("credential", {"community_id": 1, "membership_id": 2, "profession": "厨师", "kinds": '["RECIPE"]', "tags": "[]",
                    "issuer": "协会", "evidence": "123", "state": "VERIFIED", "version": 1, "applied_at": PAST,
                    "expires_at": None}),
    ("endorsement", {"community_id": 1, "submission_id": 1, "membership_id": 2, "revision_id": 1, "credential_id": 1,
                     "note": "好", "recorded": "CURRENT", "given_at": PAST, "renewed_at": PAST,
                     "note_state": "SHOWN"}),
    ("endorsement_request", {"community_id": 1, "submission_id": 1, "membership_id": 2, "requested_by": 1,
                             "requested_at": PAST}),
    ("event", {"community_id": 1, "kind": "PHOTO_CONTEST", "state": "DRAFT", "version": 1, "title": "晒", "text": "图",
               "rules": "{}", "opens_at": PAST, "closes_at": None, "written_by": 1}),
    ("event_entry", {"community_id": 1, "event_id": 1, "membership_id": 1, "submission_id": 1, "state": "ENTERED",
                     "shuffle": 7, "is_undated": False}),
    ("event_voter", {"community_id": 1, "event_id": 1, "membership_id": 2, "day": "2026-01-01", "today": 1,
                     "total": 1}),
    ("event_vote", {"community_id": 1, "event_id": 1, "entry_id": 1, "membership_id": 2}),
    ("event_result", {"community_id": 1, "event_id": 1, "number": 1, "document": "{}", "digest": "d"}),
    ("event_juror", {"community_id": 1, "event_id": 1, "membership_id": 2, "appointed_by": 1}),
    ("event_score", {"community_id": 1, "event_id": 1, "entry_id": 1, "membership_id": 2, "points": "[5]", "total": 5,
                     "updated_at": PAST}),
    ("event_check_in", {"community_id": 1, "event_id": 1, "entry_id": 1, "membership_id": 1, "day": "2026-01-01",
                        "submission_id": 1, "is_make_up": False}),
    ("event_question", {"community_id": 1, "event_id": 1, "number": 1, "text": "谜", "options": "[]",
                        "answers": "[]", "written_by": 1}),
    ("event_answer", {"community_id": 1, "event_id": 1, "question_id": 1, "entry_id": 1, "membership_id": 1,
                      "number": 1, "is_right": True, "rank": 1}),
    ("screening", {"community_id": 1, "submission_id": 1, "revision_id": 1, "author_id": 2, "state": "DONE",
                   "verdict": "PASS", "findings": "[]", "started_at": None, "deadline_at": None, "checked_at": None,
                   "done_at": None}),
    ("review_case", {"community_id": 1, "submission_id": 1, "revision_id": 1, "author_id": 2, "state": "DECIDED",
                     "opened_at": None, "due_at": None, "solve_due_at": None, "answered_at": None,
                     "closed_at": None}),
    ("review_case", {"community_id": 1, "submission_id": 2, "revision_id": 2, "author_id": 2, "state": "OPEN",
                     "opened_at": None, "due_at": None, "solve_due_at": None, "excluded_id": 1, "claimed_by": 1,
                     "claimed_at": None, "claimed_until": None, "escalated_by": 1, "escalated_at": None,
                     "escalation_note": "看看"}),
    ("case_reason", {"community_id": 1, "case_id": 2, "reason": "NEW"}),
    ("review_decision", {"community_id": 1, "case_id": 1, "decided_by": 1, "verdict": "APPROVED", "authenticity": 5,
                         "usefulness": 4, "resonance": 3, "recommended": True}),
    ("appeal", {"community_id": 1, "case_id": 2, "author_id": 2, "subject": "REMOVAL", "subject_id": 1,
                "text": "误会", "state": "GRANTED", "answer": "是", "answered_by": 1, "answered_at": None}),
    ("report", {"community_id": 1, "case_id": 1, "reporter_id": 2, "submission_id": 1, "revision_id": 1,
                "category": "OTHER", "text": "广告", "state": "UPHELD", "answered_at": None}),
    ("submission_removal", {"community_id": 1, "submission_id": 1, "author_id": 2, "removed_by": 1,
                            "state": "PUBLISHED", "recommended": False, "removed_at": None}),
    ("two_person_kind", {"community_id": 1, "kind": "RECIPE"}),
    ("review_opinion", {"community_id": 1, "case_id": 1, "given_by": 1, "authenticity": 4, "usefulness": 4,
                        "resonance": 4, "recommended": True, "given_at": None}),
    ("reason_template", {"community_id": 1, "kind": "RETURN", "text": "请补充照片", "place": 0, "edition": 1, "uses": 0,
                         "written_by": 1, "created_at": None, "deleted_at": None}),
    ("pick_up_point", {"community_id": 1, "name": "东门", "address": "桃园路", "opening_hours": "9–18", "written_by": 1,
                       "updated_at": None}),
    ("pick_up_helper", {"community_id": 1, "pick_up_point_id": 1, "membership_id": 2, "appointed_by": 1,
                        "appointed_at": None}),
    ("reward", {"community_id": 1, "kind": "GOODS", "state": "PUBLISHED", "title": "鸡蛋", "text": "一盒", "price": 30,
                "max_per_person": 1, "written_by": 1, "updated_at": None, "published_at": None}),
    ("reward", {"community_id": 1, "kind": "PROJECT", "state": "PUBLISHED", "title": "长椅", "text": "门口", "price": 1,
                "closes_at": None, "written_by": 1, "updated_at": None, "published_at": None}),
    ("reward_media", {"community_id": 1, "reward_id": 1, "position": 0, "media_id": 1}),
    ("reward_pick_up_point", {"community_id": 1, "reward_id": 1, "pick_up_point_id": 1}),
    ("service_slot", {"community_id": 1, "reward_id": 1, "starts_at": PAST, "ends_at": None}),
    ("reward_stock", {"community_id": 1, "reward_id": 1, "total": 100, "taken": 1}),
    ("redemption", {"community_id": 1, "reward_id": 1, "membership_id": 2, "kind": "GOODS", "state": "CONFIRMED",
                    "quantity": 1, "price": 30, "code": "c", "pick_up_point_id": 1, "confirmed_at": None}),
    ("redemption", {"community_id": 1, "reward_id": 1, "membership_id": 1, "kind": "GOODS", "state": "CONFIRMED",
                    "quantity": 1, "price": 0, "code": "p", "prize_key": "event_prize:1", "confirmed_at": None}),
    ("event_prize", {"community_id": 1, "event_id": 1, "entry_id": 1, "membership_id": 1, "tier": "GOLD",
                     "reward_id": 1, "redemption_id": 2, "has_badge": True}),
    ("review_case", {"community_id": 1, "kind": "COMPLAINT", "author_id": 2, "state": "OPEN", "opened_at": None,
                     "due_at": None, "solve_due_at": None}),
    ("complaint", {"community_id": 1, "membership_id": 2, "redemption_id": 1, "first_case_id": 3, "case_id": 3,
                   "opened_at": None}),
    ("complaint_message", {"community_id": 1, "complaint_id": 1, "author_id": 2, "kind": "OPENED", "text": "坏了"}),
    ("comment_thread", {"community_id": 1, "submission_id": 1}),
    ("comment", {"community_id": 1, "submission_id": 1, "author_id": 2, "state": "PUBLISHED", "published_revision": 1,
                 "published_for": "MEMBERS", "sent_at": None, "published_at": None}),
    ("comment_revision", {"community_id": 1, "comment_id": 1, "number": 1, "text": "真香"}),
    ("comment_mention", {"community_id": 1, "revision_id": 1, "position": 0, "membership_id": 1}),
    ("comment_like", {"community_id": 1, "comment_id": 1, "membership_id": 1}),
    ("comment_hiding", {"community_id": 1, "comment_id": 1, "author_id": 2, "hidden_by": 1, "reason": "广告",
                        "hidden_at": None}),
    ("redemption_event", {"community_id": 1, "redemption_id": 1, "kind": "CANCELLED", "quantity": 1, "actor_id": 2,
                          "reason": "坏了"}),
    ("coupon_code", {"community_id": 1, "reward_id": 1, "digest": "d", "code_sealed": "s", "imported_by": 1}),
    ("trial_promise", {"community_id": 1, "redemption_id": 1, "membership_id": 2, "state": "OPEN", "due_at": None}),
    ("project", {"community_id": 1, "reward_id": 2, "state": "OPEN"}),
    ("project_report", {"community_id": 1, "reward_id": 2, "author_id": 1, "title": "题", "text": "文"}),
    ("project_report_media", {"community_id": 1, "report_id": 1, "position": 0, "media_id": 1}),
]  # fmt: skip


async def tables() -> list[str]:
    """Return the existing tables without the runner's history."""
    if db.dialect() is db.Dialect.POSTGRES:
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    else:
        # The index of tokens consists of tables of its own.
        sql = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
            " AND name NOT GLOB 'search_document_*'"
        )
    return sorted(row["name"] for row in await db.client().execute_query_dict(sql) if row["name"] != HISTORY)


async def columns(table: str) -> set[str]:
    """Return the columns of a table."""
    if db.dialect() is db.Dialect.POSTGRES:
        sql = f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
    else:
        sql = f"SELECT name FROM pragma_table_info('{table}')"
    return {row["name"] for row in await db.client().execute_query_dict(sql)}


async def populate() -> None:
    """Insert the rows above into the existing tables. Fail for a table without a row."""
    there = {table: await columns(table) for table in await tables()}
    now = clock.now()
    for table, values in ROWS:
        if "kind" in values and table in there and "kind" not in there[table]:
            continue  # An older release has no such kind of row.
        given = {column: value for column, value in values.items() if column in there.get(table, ())}
        # Nearly every table has created_at. A None above is another time that the row must have.
        times = {column for column, value in given.items() if value is None} | (
            {"created_at"} & there.get(table, set())
        )
        given |= dict.fromkeys(times, now)
        if given:
            places = ", ".join(f"${place}" for place in range(1, len(given) + 1))
            await db.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({places})", *given.values())
    empty = [table for table in there if not await db.scalar(f"SELECT count(*) FROM {table}")]
    assert not empty, f"tests/kernel/schema.py has no row for {empty}"


async def contents() -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, by id."""
    return {
        table: [dict(row) for row in await db.client().execute_query_dict(f"SELECT * FROM {table} ORDER BY 1")]
        for table in await tables()
    }
