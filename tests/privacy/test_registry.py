"""Every column with personal data is registered, exported and documented."""

from __future__ import annotations

import fnmatch
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance

from community.accounts.models import Person
from community.communities.models import Membership
from community.kernel import db, sealing
from community.kernel.schema_drift import declared
from community.kernel.tables import Table
from community.privacy import exports
from community.privacy.parts import PARTS
from tests.kernel.schema import columns, contents
from tests.privacy.registry import NOBODY, REGISTRY

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = (DOCS / "privacy.md").read_text(encoding="utf-8")
CHINESE = (DOCS / "privacy.zh.md").read_text(encoding="utf-8")
KEPT = {kept.table: kept for kept in REGISTRY}
ME, OTHER = 1, 2


async def test_every_table_is_somebodys_or_nobodys(database):
    there = {table.name for table in declared.list_declared_tables()}
    assert there - set(KEPT) - set(NOBODY) == set(), (
        "say in registry.py whose it is, and have its room's export tell it"
    )
    assert set(KEPT) | set(NOBODY) == there
    assert set(KEPT) & set(NOBODY) == set()


async def test_every_column_that_leads_to_a_person_is_a_role(database):
    for model in models():
        kept = KEPT.get(model._meta.db_table)
        if kept is not None:
            roles = {role.whose for role in kept.roles} | set(kept.untold)
            assert set(list_person_columns(model)) - roles == set(), f"{kept.table}: whose rows are these?"


async def test_what_is_registered_is_there(database):
    for kept in REGISTRY:
        named = {column for role in kept.roles for column in (*role.untold, *role.named)} | set(kept.untold)
        assert named - await columns(kept.table) == set(), kept.table


def models() -> list[type[Table]]:
    return [model for model in Tortoise.apps[db.APP].values() if issubclass(model, Table)]


def list_person_columns(model) -> list[str]:
    """Return the columns that reference a person or a membership."""
    meta = model._meta
    fields = ((column, meta.fields_map[name].reference) for name, column in meta.fields_db_projection.items())
    return [
        column
        for column, reference in fields
        if isinstance(reference, ForeignKeyFieldInstance) and reference.related_model in (Person, Membership)
    ]


def list_table_rows(document: str) -> list[list[str]]:
    """Return the cells of each row of the document's tables, with the heads."""
    lines = [line for line in document.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("kept", REGISTRY, ids=lambda kept: kept.table)
def test_document_has_a_line_for_each_table(kept):
    rows = list_table_rows(ENGLISH)
    assert [row for row in rows if row[0].startswith(kept.documented)] != []
    words = "\n".join(cell for row in rows for cell in row)
    assert [column for column, said in kept.besides.items() if said not in words] == []


def test_documents_have_same_tables_in_both_languages():
    english, chinese = list_table_rows(ENGLISH), list_table_rows(CHINESE)
    assert [len(row) for row in english] == [len(row) for row in chinese]
    bare, han = re.compile(r"[0-9]*|`[A-Z]+`"), re.compile(r"[\u4e00-\u9fff]")
    for row, translated in zip(english, chinese, strict=True):
        for cell, translation in zip(row, translated, strict=True):
            assert cell == translation if bare.fullmatch(cell) else han.search(translation), cell
            assert not han.search(cell), cell


async def test_an_archive_tells_every_column(database):
    await Rows(database).fill()
    subject = await exports.get_subject(ME)
    files = {}
    for part in PARTS:
        async for file in part.iterate(database, subject):
            files[f"{part.room}/{file.name}"] = json.loads(file.body)
    missing = []
    for kept in REGISTRY:
        for role in kept.roles:
            told = [one for name in fnmatch.filter(files, role.file) for one in list_objects(files[name])]
            rows = await select_rows(kept.table, role.condition)
            assert rows, f"no row of {kept.table} is planted for {role.whose}"
            missing += [
                f"{kept.table}.{column} of {role.whose} is not in {role.file}"
                for column in sorted(await columns(kept.table) - {"id", role.whose} - set(role.untold))
                if not all(is_told(told, role.named.get(column, column), row[column]) for row in rows)
                or all(row[column] is None for row in rows)
            ]
    assert missing == []
    assert [table for table, rows in (await contents()).items() if table in KEPT and not rows] == []


async def select_rows(table: str, condition: str) -> list[dict[str, Any]]:
    where = condition.replace("$person", str(ME)).replace("$member", str(ME))
    return [dict(row) for row in await db.client().execute_query_dict(f"SELECT * FROM {table} WHERE {where}")]


def list_objects(value: Any) -> list[dict[str, Any]]:
    """Return every object within a JSON value."""
    if isinstance(value, list):
        return [one for inner in value for one in list_objects(inner)]
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in list_objects(inner))]
    return []


def is_told(told: list[dict[str, Any]], key: str, value: Any) -> bool:
    wanted = normalise_value(value)
    return any(
        wanted == normalise_value(one[key]) or (isinstance(one[key], list) and wanted in map(normalise_value, one[key]))
        for one in told
        if key in one
    )


def normalise_value(value: Any) -> Any:
    """Return the value as text that is equal for both databases and JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except ValueError:
            read = value
        if isinstance(read, (dict, list)):
            return json.dumps(read, sort_keys=True)
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except ValueError:
            return value
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return None if value is None else str(int(value))


class Rows:
    """At least one row of every table and role, with a distinct value in every column."""

    def __init__(self, settings) -> None:
        self.settings = settings
        self.count = 0

    def at(self) -> datetime:
        """Return a moment that no other row has."""
        self.count += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=self.count)

    def word(self) -> str:
        """Return a word that no other row has."""
        self.count += 1
        return f"词{self.count:04}"

    async def add(self, table: str, **given: Any) -> None:
        """Insert a row. `times` and `words` name the columns that get a distinct value."""
        values = {name: self.at() for name in given.pop("times", "").split()}
        values |= {name: self.word() for name in given.pop("words", "").split()}
        values |= given
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        await db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())

    async def fill(self) -> None:
        """Insert every row."""
        await self.people()
        await self.belonging()
        await self.writing()
        await self.points()
        await self.rewards()
        await self.notes()

    async def people(self) -> None:
        add = self.add
        for born in ("1990-03-04", "2019-05-06"):
            await add("person", words="nickname ban_reason", times="created_at banned_at", born_on=born, language="en")
        await add("platform_identity", person_id=ME, platform="WECHAT", times="created_at",
                  words="subject subject_sealed session_key_sealed")  # fmt: skip
        sealed = sealing.seal(self.settings, "+86 13812345678")
        await add("person_phone", person_id=ME, digest="d", sealed=sealed, times="bound_at")
        await add("guardianship", person_id=ME, guardian_id=OTHER, code_digest="c",
                  times="code_expires_at confirmed_at created_at")  # fmt: skip
        await add("guardianship", person_id=OTHER, guardian_id=ME, times="confirmed_at created_at")
        await add("login_session", person_id=ME, platform="WECHAT", words="device", ended_why="LOGGED_OUT",
                  times="created_at refreshed_at expires_at ended_at")  # fmt: skip
        await add("refresh_token", session_id=1, words="digest", times="issued_at used_at")
        await add("login_attempt", words="who", times="since", attempts=3)
        await add("consent_document", purpose="SERVICE", version=1, words="title text", renews=True,
                  times="published_at")  # fmt: skip
        await add("consent", person_id=ME, document_id=1, purpose="SERVICE", times="given_at withdrawn_at")

    async def belonging(self) -> None:
        add = self.add
        await add("community", words="name", time_zone="Asia/Shanghai", visibility="MEMBERS", joining="OPEN",
                  times="created_at")  # fmt: skip
        await add("membership", community_id=1, person_id=ME, times="joined_at left_at")
        await add("membership", community_id=1, person_id=OTHER, invited_by=ME, times="joined_at left_at")
        await db.execute("UPDATE membership SET invited_by = $1 WHERE id = $2", OTHER, ME)
        await add("membership_role", community_id=1, membership_id=ME, role="LEADER", times="granted_at")
        await add("invitation", community_id=1, words="code", role="EXPERT", created_by=ME, most_uses=9, uses=7,
                  times="created_at expires_at ended_at")  # fmt: skip
        await add("invitation_use", community_id=1, invitation_id=1, membership_id=ME, times="used_at")
        for member, giver, lifter in ((ME, OTHER, OTHER), (OTHER, ME, OTHER), (OTHER, OTHER, ME)):
            await add("sanction", community_id=1, membership_id=member, kind="MUTE", given_by=giver, lifted_by=lifter,
                      words="reason lift_reason", times="starts_at ends_at ended_at lifted_at")  # fmt: skip
            await add("trust", community_id=1, membership_id=member, given_by=giver, ended_by=lifter, words="reason",
                      end_cause="LEADER", times="given_at ended_at")  # fmt: skip
        for maker, approver in ((ME, OTHER), (OTHER, ME)):
            await add("service_token", community_id=1, words="name digest", scopes='["MOVE_POINTS"]', created_by=maker,
                      approved_by=approver,
                      times="created_at revoked_at expires_at approved_at last_used_at")  # fmt: skip
        await add("community_change", community_id=1, version=4, changed_by=ME, changes={"rules": self.word()},
                  times="created_at")  # fmt: skip

    async def writing(self) -> None:
        add = self.add
        await add("submission", community_id=1, author_id=ME, kind="RECIPE", state="PUBLISHED", version=5,
                  latest_revision=2, sent_revision=2, published_for="PUBLIC",
                  published_revision=1, recommended=True, like_count=6, words="note",
                  week_likes=3, masks='[["title", 0, 1]]',
                  times="liked_week published_at created_at updated_at")  # fmt: skip
        await add("submission", community_id=1, author_id=OTHER, kind="RECIPE", state="REMOVED", words="note",
                  times="created_at updated_at")  # fmt: skip
        await add("submission_revision", community_id=1, submission_id=1, number=1, words="title text product_ref",
                  times="created_at")  # fmt: skip
        for author, leader in ((ME, OTHER), (OTHER, ME)):
            removal = {"community_id": 1, "submission_id": author, "author_id": author, "removed_by": leader,
                       "state": "RETURNED", "published_revision": 8 + author, "recommended": True}  # fmt: skip
            await add("submission_removal", **removal, times="removed_at kept_until discarded_at")
            await add("submission_removal", **removal, restored_by=leader, times="removed_at kept_until restored_at")
        await add("revision_tag", community_id=1, revision_id=1, position=0, words="tag")
        await add("media", person_id=ME, kind="IMAGE", state="REFUSED", refusal="BROKEN", size_bytes=11, width=12,
                  height=13, turned=6, captured_at="2025-12-31T08:09:10", attempts=1,
                  words="digest name original_name format placeholder colour camera alt_text",
                  times="created_at processed_at fingerprinted_at unused_since")  # fmt: skip
        await add("picture_fingerprint", media_id=1, words="digest", hashes=b"h", square=b"s")
        await add("platform_check", community_id=1, person_id=ME, subject="revision:1", kind="MEDIA_CHECK", media_id=1,
                  attempts=1, state="ANSWERED", verdict="BLOCK", reason="LABELLED", label="FRAUD", words="trace_id",
                  times="asked_at answered_at")  # fmt: skip
        await add("media_use", media_id=1, community_id=1, subject="SUBMISSION", subject_id=1, published=True,
                  for_everyone=True,
                  times="created_at")  # fmt: skip
        await add("revision_media", community_id=1, revision_id=1, position=0, media_id=1)
        await add("submission_favourite", community_id=1, submission_id=2, membership_id=ME, times="created_at")
        await add("submission_share", community_id=1, submission_id=2, membership_id=ME, channel="LINK",
                  times="created_at")  # fmt: skip
        await add("credential", community_id=1, membership_id=ME, words="profession issuer evidence reason", version=7,
                  kinds='["RECIPE"]', tags='["汤"]', state="VERIFIED",
                  times="applied_at decided_at expires_at")  # fmt: skip
        await add("endorsement", community_id=1, submission_id=1, membership_id=ME, revision_id=1, credential_id=1,
                  recorded="WITHDRAWN", words="note withdraw_reason note_reason", note_state="REFUSED",
                  note_number=3, note_findings='[{"level": "MASK"}]',
                  times="given_at renewed_at withdrawn_at")  # fmt: skip
        for expert, leader in ((ME, OTHER), (OTHER, ME)):
            await add("endorsement_request", community_id=1, submission_id=expert, membership_id=expert,
                      requested_by=leader, times="requested_at")  # fmt: skip
        for state, time in (("CLOSED", "ended_at"), ("VOTING", "due_at")):
            await add("event", community_id=1, kind="PHOTO_CONTEST", state=state, version=5,
                      words="title text code draw_commitment",
                      rules='{"gold_prizes": 3}', opens_at=self.at(), voting_at=self.at(), judging_at=self.at(),
                      closes_at=self.at(), written_by=ME, times=f"frozen_at created_at {time}")  # fmt: skip
        for member, leader in ((ME, OTHER), (OTHER, ME)):
            await add("event_entry", community_id=1, event_id=1, membership_id=member, submission_id=member,
                      state="DISQUALIFIED", shuffle=77, is_undated=True, tier="GOLD", votes=14 + member,
                      score=18 + member, place=16 + member, revision=1, ended_by=leader, words="reason",
                      times="created_at ended_at attended_at")  # fmt: skip
        await add("event_voter", community_id=1, event_id=1, membership_id=ME, day="2026-02-03", today=19, total=21)
        await add("event_vote", community_id=1, event_id=1, entry_id=2, membership_id=ME, times="created_at")
        for juror, leader in ((ME, OTHER), (OTHER, ME)):
            await add("event_juror", community_id=1, event_id=1, membership_id=juror, appointed_by=leader,
                      times="created_at dropped_at")  # fmt: skip
        await add("event_score", community_id=1, event_id=1, entry_id=2, membership_id=ME, points="[7, 9]", total=16,
                  times="updated_at")  # fmt: skip
        await add("event_check_in", community_id=1, event_id=1, entry_id=1, membership_id=ME, day="2026-02-04",
                  submission_id=1, is_make_up=True, times="created_at")  # fmt: skip
        await add("event_question", community_id=1, event_id=1, number=23, words="text", options='["甲"]',
                  answers='["乙"]', written_by=ME, times="created_at")  # fmt: skip
        await add("event_answer", community_id=1, event_id=1, question_id=1, entry_id=1, membership_id=ME, number=24,
                  is_right=True, rank=25, times="created_at")  # fmt: skip
        await add("topic", community_id=1, opened_by=ME, version=4, words="tag description", created_at=self.at(),
                  starts_at=self.at(), ends_at=self.at(), times="closed_at")  # fmt: skip
        await add("member_block", community_id=1, membership_id=ME, blocked_id=OTHER, times="created_at")
        await add("submission_like", community_id=1, submission_id=2, membership_id=ME, times="created_at")
        await self.talking()

    async def talking(self) -> None:
        add = self.add
        await add("comment_thread", community_id=1, submission_id=1, comment_count=7, public_count=6, closed_by=ME,
                  words="close_reason", times="closed_at")  # fmt: skip
        for parent in (None, 1):
            await add("comment", community_id=1, submission_id=1, parent_id=parent, author_id=ME, state="PUBLISHED",
                      version=8, latest_revision=4, published_revision=3, pending_revision=4, verdict="REVIEW",
                      findings=json.dumps([{"n": self.word()}], ensure_ascii=False),
                      published_for="MEMBERS", like_count=9, reply_count=11,
                      public_reply_count=10, words="note",
                      times="created_at sent_at published_at edited_at")  # fmt: skip
        await add("comment_revision", community_id=1, comment_id=1, number=1, media_id=1, masks="[[0, 1]]",
                  words="text", times="created_at")  # fmt: skip
        for member in (ME, OTHER):
            await add("comment_mention", community_id=1, revision_id=1, position=0, membership_id=member)
        await add("comment_like", community_id=1, comment_id=1, membership_id=ME, times="created_at")
        for author, hider, restorer in ((ME, OTHER, OTHER), (OTHER, ME, OTHER), (OTHER, OTHER, ME)):
            await add("comment_hiding", community_id=1, comment_id=1, author_id=author, hidden_by=hider,
                      restored_by=restorer, words="reason", times="hidden_at restored_at")  # fmt: skip
        await add("screening", community_id=1, submission_id=ME, revision_id=1, author_id=ME, state="DONE",
                  verdict="PASS", findings="[]", times="started_at deadline_at checked_at done_at")  # fmt: skip
        for author in (ME, OTHER):
            await add("review_case", community_id=1, submission_id=author, revision_id=1, author_id=author,
                      state="DECIDED", version=2 + author, kind="REVISION", queue_rank=0, reminders=1,
                      excluded_id=OTHER, also_excluded_id=ME, escalated_by=3 - author, words="escalation_note",
                      times="opened_at due_at solve_due_at answered_at closed_at escalated_at")  # fmt: skip
            await add("review_case", community_id=1, author_id=author, state="DECIDED", version=2, kind="COMMENT",
                      queue_rank=0, reminders=1, thing="COMMENT", thing_id=author, thing_revision=1,
                      times="opened_at due_at solve_due_at answered_at closed_at")  # fmt: skip
            await add("appeal", community_id=1, case_id=author, author_id=author, answered_by=3 - author,
                      subject="REMOVAL", subject_id=author, state="GRANTED", words="text answer",
                      times="created_at answered_at")  # fmt: skip
            await add("report", community_id=1, case_id=author, reporter_id=author, submission_id=author,
                      revision_id=1, category="FALSE", state="UPHELD", words="text",
                      times="created_at answered_at")  # fmt: skip
            await add("report", community_id=1, case_id=author, reporter_id=author, thing="COMMENT", thing_id=author,
                      thing_revision=1, category="FALSE", state="UPHELD", words="text",
                      times="created_at answered_at")  # fmt: skip
            await add("case_reason", community_id=1, case_id=author, reason="NEW", times="created_at")
            await add("review_decision", community_id=1, case_id=author, decided_by=3 - author, verdict="APPROVED",
                      authenticity=author, usefulness=author + 1, resonance=author + 2, recommended=True,
                      words="reason", times="created_at")  # fmt: skip

    async def points(self) -> None:
        add = self.add
        await add("account", community_id=1, kind="ISSUANCE", debt=0, growth=0, approved=0)
        await add("account", community_id=1, kind="MEMBER", membership_id=ME, balance=120, debt=0, growth=130,
                  approved=14)  # fmt: skip
        for about in (None, 1):
            await add("journal_entry", community_id=1, kind="AWARD", words="source_key", times="created_at",
                      explanation={"because": self.word()}, about_id=about)  # fmt: skip
        for entry in (1, 2):
            await add("posting", community_id=1, entry_id=entry, from_account_id=1, to_account_id=2,
                      amount=50 + entry, to_balance=60 + entry, times="created_at")  # fmt: skip
        await add("lot", community_id=1, account_id=2, posting_id=1, amount=51, remaining=49,
                  expires_at=datetime(2099, 1, 1, tzinfo=UTC))  # fmt: skip
        await add("lot_movement", community_id=1, lot_id=1, posting_id=2, amount=-2)
        await add("points_hold", community_id=1, membership_id=ME, entry_id=1, amount=17, captured=16,
                  state="CAPTURED", times="expires_at created_at resolved_at")  # fmt: skip
        await add("earning_rule", community_id=1, trigger="CHECK_IN", version=8, definition={"amount": 9},
                  published_by=ME, times="effective_from created_at")  # fmt: skip
        await add("review_opinion", community_id=1, case_id=1, given_by=ME, authenticity=1, usefulness=2, resonance=3,
                  recommended=True, times="given_at")  # fmt: skip
        await add("reason_template", community_id=1, kind="RETURN", words="text", place=31, edition=32, uses=33,
                  written_by=ME, times="created_at deleted_at")  # fmt: skip
        await add("word_list", community_id=1, version=24, content={"words": [self.word()]}, word_count=25,
                  exception_count=26, published_by=ME, times="created_at")  # fmt: skip
        await add("season", community_id=1, words="name", percent=234, triggers='["CHECK_IN"]', created_by=ME,
                  starts_at=self.at(), ends_at=self.at(), times="created_at cancelled_at")  # fmt: skip
        await add("award", community_id=1, membership_id=ME, entry_id=1, trigger="CHECK_IN", rule_id=1,
                  words="cause", amount=51, times="earned_at created_at")  # fmt: skip
        await add("award", community_id=1, membership_id=ME, entry_id=2, trigger="CHECK_IN", rule_id=1,
                  words="cause", amount=-50, reverses_id=1, times="earned_at created_at")  # fmt: skip
        await add("leaderboard_score", community_id=1, membership_id=ME, board="POINTS", kind="EVER", period="ever",
                  score=-1, version=1, hidden=False, everywhere=False, starts_at=self.at(),
                  ends_at=self.at())  # fmt: skip
        await add("leaderboard_closing", community_id=1, board="POINTS", kind="YEAR", words="period",
                  starts_at=self.at(), ends_at=self.at(), closed_at=self.at())  # fmt: skip
        await add("podium_place", community_id=1, closing_id=1, membership_id=ME, rank=31, score=32)
        await add("honour", community_id=1, membership_id=ME, closing_id=1, kind="SERVICE_STAR", words="period",
                  rank=33, times="granted_at")  # fmt: skip
        await add("check_in", community_id=1, membership_id=ME, day="2026-02-03", streak=22,
                  outcome={"points": 23}, times="created_at")  # fmt: skip
        for kind, who, more in (
            ("RETURN", ME, {"purchase": self.word()}), ("OTHER", ME, {"name": self.word()}),
            ("INVITATION", ME, {"invitee_id": OTHER}), ("INVITATION", OTHER, {"invitee_id": ME}),
        ):  # fmt: skip
            await add("interaction", community_id=1, service_token_id=1, kind=kind, words="reference",
                      membership_id=who, outcome={"n": self.count}, times="occurred_at created_at", **more)  # fmt: skip
        for whose, asked, decided in ((ME, OTHER, OTHER), (OTHER, ME, ME)):
            await add("adjustment", community_id=1, membership_id=whose, amount=70 + whose, words="reason",
                      state="MADE", requested_by=asked, decided_by=decided, entry_id=whose,
                      times="created_at decided_at")  # fmt: skip

    async def rewards(self) -> None:
        add = self.add
        await add("pick_up_point", community_id=1, version=81, words="name address opening_hours", written_by=ME,
                  times="created_at updated_at closed_at")  # fmt: skip
        for helper, leader in ((ME, OTHER), (OTHER, ME)):
            await add("pick_up_helper", community_id=1, pick_up_point_id=1, membership_id=helper, appointed_by=leader,
                      times="appointed_at ended_at")  # fmt: skip
        await add("reward", community_id=1, kind="TRIAL", state="PUBLISHED", version=82, words="title text", price=83,
                  opens_at=self.at(), closes_at=self.at(), min_level=84, max_per_person=85, max_per_period=86,
                  period="WEEK", collect_days=87, cancel_hours=88, needs_preparation=True, low_stock_at=89,
                  review_days=90, written_by=ME, times="created_at updated_at published_at")  # fmt: skip
        await add("reward_media", community_id=1, reward_id=1, position=0, media_id=1)
        await add("reward_pick_up_point", community_id=1, reward_id=1, pick_up_point_id=1)
        await add("service_slot", community_id=1, reward_id=1, starts_at=self.at(), ends_at=self.at(),
                  times="created_at")  # fmt: skip
        await add("reward_stock", community_id=1, reward_id=1, total=9, taken=6)
        for kind, more in (("SERVICE", {"slot_id": 1}), ("PROJECT", {"is_named": True})):
            await add("redemption", community_id=1, reward_id=1, membership_id=ME, kind=kind, state="CANCELLED",
                      quantity=93, fulfilled_quantity=91, cancelled_quantity=2, price=94, words="code",
                      pick_up_point_id=1, times="cancellable_until expires_at created_at confirmed_at ended_at",
                      **more)  # fmt: skip
        await add("redemption", community_id=1, reward_id=1, membership_id=ME, kind="GOODS", state="CONFIRMED",
                  quantity=1, price=0, words="code prize_key", times="created_at confirmed_at")  # fmt: skip
        await add("event_prize", community_id=1, event_id=1, entry_id=1, membership_id=ME, tier="SILVER", reward_id=1,
                  redemption_id=3, has_badge=True, times="created_at taken_back_at")  # fmt: skip
        for number, about in enumerate(("redemption_id", "reward_id", "pick_up_point_id")):
            await add("complaint", community_id=1, membership_id=ME, first_case_id=1, case_id=2, **{about: 1},
                      times="opened_at solved_at reopened_at")  # fmt: skip
            await add("complaint_message", community_id=1, complaint_id=1, author_id=(ME, OTHER, ME)[number],
                      kind="REPLY", words="text", times="created_at")  # fmt: skip
        for event, (kind, about) in enumerate((("FULFILLED", None), ("UNDONE", 1), ("FULFILLED", None), ("UNDONE", 3))):
            await add("redemption_event", community_id=1, redemption_id=1, kind=kind, quantity=95, about_id=about,
                      actor_id=ME if event < 2 else OTHER, pick_up_point_id=1, words="reason",
                      times="created_at")  # fmt: skip
        for leader in (ME, OTHER):
            await add("coupon_code", community_id=1, reward_id=1, words="digest code_sealed", imported_by=leader,
                      redemption_id=1, times="created_at shown_at voided_at")  # fmt: skip
        await add("trial_promise", community_id=1, redemption_id=1, membership_id=ME, state="KEPT", submission_id=1,
                  times="due_at created_at resolved_at")  # fmt: skip
        await add("project", community_id=1, reward_id=1, state="OPEN")
        await add("project_report", community_id=1, reward_id=1, author_id=ME, words="title text", times="created_at")
        await add("project_report_media", community_id=1, report_id=1, position=0, media_id=1)

    async def notes(self) -> None:
        add = self.add
        for end in ("sent_at", "cancelled_at"):
            await add("announcement", community_id=1, written_by=ME, words="text", times=f"send_at {end} created_at")
        await add("notice_mute", community_id=1, membership_id=ME, kind="LIKED")
        await add("message_quota", person_id=ME, words="topic template", remaining=31)
        await add("message_entry", person_id=ME, words="template", amount=32, reason="ACCEPTED", notice_id=33,
                  times="created_at")  # fmt: skip
        await add("notice", community_id=1, membership_id=ME, kind="POINTS_EXPIRED", words="key",
                  detail={"points": 31}, message="SENT", times="created_at read_at")  # fmt: skip
        await add("idempotency_record", community_id=1, person_id=ME, words="operation key fingerprint",
                  answer={"answer": {}}, times="created_at")  # fmt: skip
        await add("audit_event", community_id=1, actor_id=ME, action="submission.remove", subject="submission",
                  subject_id=2, detail={"n": self.word()}, times="created_at")  # fmt: skip
        await add("audit_event", community_id=1, actor_id=OTHER, action="role.give", subject="membership",
                  subject_id=ME, detail={"role": self.word()}, times="created_at")  # fmt: skip
        await add("audit_event", community_id=0, actor_id=None, action="person.export", subject="person",
                  subject_id=ME, detail={"n": self.word()}, times="created_at")  # fmt: skip
        await add("data_export", person_id=ME, state="READY", words="archive", size_bytes=41,
                  times="requested_at ready_at expires_at")  # fmt: skip
        await add("erasure", person_id=ME, content="REMOVE", times="requested_at due_at cancelled_at")
        await add("erasure", person_id=ME, content="ANONYMISE", times="requested_at due_at done_at")
