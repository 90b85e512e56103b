"""A community and its submissions for a test, created by the services.

    place = await create_community(residents=3)
    row = await create_published(place, title="阳台番茄")
    before = await read_tables()

Effects wait until the test calls `run_effects`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, TypeVar

import pytest

from community.accounts import logins
from community.accounts.models import Platform
from community.communities import founding, invitations, memberships, queries
from community.communities.models import Role
from community.communities.queries import CommunityRow, MemberRow
from community.communities.settings import JoiningPolicy, Visibility
from community.kernel import db, outbox
from community.kernel.paging import MAX_PAGE, Page, PageRequest
from community.leaderboards import service as leaderboards
from community.review import intake
from community.review import queue as review_queue
from community.review import service as review
from community.review.queries import CaseRow
from community.review.rules import Approval, Scores
from community.review.screening import checking, conclusion
from community.review.screening import queries as screening_queries
from community.review.screening.blocks import BlockRow, find_blocks
from community.safety.facts import Finding, Level, Place, Reason
from community.settings import Settings
from community.submissions import queries as submission_queries
from community.submissions import removal, write
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import SubmissionRow
from community.submissions.rules import RevisionContent, normalise_content
from tests.support.backends import make_settings
from workers.effects import JOBS

R = TypeVar("R", bound=Exception)
TABLES = (
    "person", "platform_identity", "community", "membership", "membership_role", "invitation", "invitation_use",
    "sanction", "trust", "member_block", "member_name_part",
    "account", "journal_entry", "posting", "lot", "lot_movement", "points_hold", "points_policy",
    "adjustment", "earning_rule", "season", "word_list", "award", "leaderboard_score", "check_in", "service_token",
    "interaction", "notice", "notice_mute", "message_quota", "message_entry", "announcement",
    "submission", "submission_removal", "submission_revision", "revision_tag",
    "revision_media", "submission_like", "submission_favourite",
    "submission_share", "submission_view", "topic",
    "credential", "endorsement", "endorsement_request",
    "media", "media_use", "media_volume", "picture_fingerprint", "sent_picture", "picture_match", "comment_picture",
    "platform_check",
    "event", "event_entry", "event_voter", "event_vote", "event_result", "event_prize",
    "event_check_in", "event_question", "event_answer",
    "event_juror", "event_score",
    "review_case", "case_reason", "review_decision", "screening", "appeal", "report", "reason_template",
    "review_opinion", "two_person_kind",
    "comment_thread", "comment", "comment_revision", "comment_mention", "comment_like", "comment_hiding",
    "outbox_effect", "audit_event", "idempotency_record",
    "person_phone", "guardianship", "login_session", "refresh_token", "community_change",
    "consent_document", "consent", "data_export", "erasure",
)  # fmt: skip
FAIR_SCORES = Scores(3, 4, 3)
HIGH_SCORES = Scores(4, 5, 4)

_number = count(1)


@dataclass(slots=True)
class SampleCommunity:
    """A community with its leaders and residents."""

    community: CommunityRow
    leaders: list[MemberRow]
    residents: list[MemberRow]

    @property
    def id(self) -> int:
        return self.community.id

    @property
    def leader(self) -> MemberRow:
        """The first leader."""
        return self.leaders[0]

    @property
    def resident(self) -> MemberRow:
        """The first resident, the author unless the test names another."""
        return self.residents[0]

    @property
    def other(self) -> MemberRow:
        """The second resident."""
        return self.residents[1]


async def create_person(nickname: str = "阿明") -> int:
    """Log in a new person who is a member of no community."""
    return await logins.login(_get_settings(), Platform.DEVELOPMENT, f"person-{next(_number)}", nickname=nickname)


async def create_community(
    leaders: int = 1,
    residents: int = 2,
    *,
    name: str = "枫林小区",
    time_zone: str = "Asia/Shanghai",
    visibility: Visibility = Visibility.MEMBERS,
    joining: JoiningPolicy = JoiningPolicy.INVITATION,
) -> SampleCommunity:
    """Create a community with so many leaders (at least one) and residents."""
    founded = await founding.create_community(name=name, time_zone=time_zone, visibility=visibility, joining=joining)
    first = await memberships.join(await create_person(f"陈阿姨{next(_number)}"), invitation_code=founded.code)
    place = SampleCommunity((await queries.get_communities([founded.community_id]))[0], [first], [])
    for _ in range(leaders - 1):
        place.leaders.append(await add_member(place, role=Role.LEADER))
    for _ in range(residents):
        place.residents.append(await add_member(place))
    return place


async def add_member(place: SampleCommunity, *, role: Role | None = None) -> MemberRow:
    """Add a member."""
    invitation = await invitations.invite(place.leader, role=role, uses=1)
    nickname = f"林阿姨{next(_number)}" if role is Role.LEADER else "阿明"  # No member may be called as a leader.
    return await memberships.join(await create_person(nickname), invitation_code=invitation.code)


def make_content(
    title: str = "阳台番茄", text: str = "每天浇一次水。", tags: Iterable[str] = ("种菜",), **given: Any
) -> RevisionContent:
    """Build a revision's content, checked as the API checks it."""
    return normalise_content(title=title, text=text, tags=tuple(tags), **given)


async def create_draft(place: SampleCommunity, *, author: MemberRow | None = None, **given: Any) -> SubmissionRow:
    """Create a draft."""
    return await create_submitted(place, author=author, draft=True, **given)


async def create_submitted(
    place: SampleCommunity,
    *,
    author: MemberRow | None = None,
    kind: SubmissionKind = SubmissionKind.USAGE_TIP,
    draft: bool = False,
    **given: Any,
) -> SubmissionRow:
    """Create a submission whose screening has not run yet."""
    create = write.create_draft if draft else write.create
    return await create(author or place.resident, kind=kind, content=make_content(**given))


async def create_in_review(place: SampleCommunity, **given: Any) -> SubmissionRow:
    """Create a submission that waits for a leader's decision."""
    row = await create_submitted(place, **given)
    await run_effects()
    return await reload_submission(row)


async def block(row: SubmissionRow) -> BlockRow:
    """Let the screening of a sent submission find a listed word and a removed picture. Return the block."""
    await intake.sync_cases(row.id)
    running = await screening_queries.find_id((await get_revision(row)).id)
    figures = {"category": "ads", "word": "每天"}
    found = Finding(Level.BLOCK, Reason.LISTED_WORD, Place("text", 0, 2), figures)
    await conclusion.store(running or 0, [found, Finding(Level.BLOCK, Reason.REMOVED_PICTURE, figures={"number": 1})])
    (made,) = await find_blocks([await reload_submission(row)])
    assert made is not None
    return made


async def create_published(
    place: SampleCommunity, *, scores: Scores = FAIR_SCORES, by: MemberRow | None = None, **given: Any
) -> SubmissionRow:
    """Create a submission that a leader has approved."""
    row = await create_in_review(place, **given)
    case = await get_open_case(row)
    await review.approve(by or place.leader, case.id, version=case.version, approval=Approval(scores))
    await run_effects()
    return await reload_submission(row)


async def create_in_state(place: SampleCommunity, state: SubmissionState) -> SubmissionRow:
    """Create the first resident's submission and bring it to the state."""
    match state:
        case SubmissionState.DRAFT:
            return await create_draft(place)
        case SubmissionState.PENDING_SCREENING:
            return await create_submitted(place)
        case SubmissionState.PUBLISHED:
            return await create_published(place)
        case SubmissionState.WITHDRAWN:
            row = await create_published(place)
            return await removal.withdraw(place.resident, row.id, version=row.version)
        case SubmissionState.REMOVED:
            row = await create_published(place)
            return await removal.remove(place.leader, row.id, version=row.version, reason="广告")
        case _:
            row = await create_in_review(place)
            await refuse_case(place, row, state)
            return await reload_submission(row)


async def refuse_case(place: SampleCommunity, row: SubmissionRow, state: SubmissionState) -> None:
    """Return or reject as the leader. Has no effect for another state."""
    case = await get_open_case(row)
    if state is SubmissionState.RETURNED:
        await review.send_back(place.leader, case.id, version=case.version, what_to_change="请补充照片")
    elif state is SubmissionState.REJECTED:
        await review.reject(place.leader, case.id, version=case.version, reason="与小区无关")


async def add_revision(row: SubmissionRow, author: MemberRow, **given: Any) -> SubmissionRow:
    """Edit the submission, without the effects that follow."""
    await write.edit(author, row.id, version=row.version, content=make_content(**given))
    return await reload_submission(row)


async def edit_submission(row: SubmissionRow, author: MemberRow, **given: Any) -> SubmissionRow:
    """Edit the submission and run the effects that follow."""
    edited = await add_revision(row, author, **given)
    await run_effects()
    return await reload_submission(edited)


_OPEN_CASE = db.Select(
    f"SELECT {db.columns(CaseRow)} FROM review_case WHERE submission_id = $1 AND state = 'OPEN'",
    CaseRow,
)


async def reload_submission(row: SubmissionRow) -> SubmissionRow:
    """Read the submission as it is now."""
    return await submission_queries.get(row.community_id, row.id)


async def get_open_case(row: SubmissionRow) -> CaseRow:
    """Get the open case of a submission."""
    return await _OPEN_CASE.one(row.id)


async def list_queue(leader: MemberRow) -> list[int]:
    """List the submissions in a leader's queue, in its order."""
    return [case.submission_id for case in (await review_queue.list_queue(leader, PageRequest(MAX_PAGE))).rows]


async def get_revision(row: SubmissionRow, number: int | None = None) -> submission_queries.RevisionRow:
    """Get one revision of a submission, by default the latest."""
    return (await submission_queries.get_revisions([(row.id, number or row.latest_revision)]))[0]


async def list_rows(table: str) -> list[dict[str, Any]]:
    """List every row of a table as the database returns it."""
    return [dict(row) for row in await db.client().execute_query_dict(f"SELECT * FROM {table} ORDER BY id")]


MANY = 20
"""Number of tables above which PostgreSQL reads them in one statement."""


async def read_tables(*tables: str) -> dict[str, list[dict[str, Any]]]:
    """Read these tables, by default all, to compare them before and after. Of many, PostgreSQL gives times as texts."""
    if len(tables or TABLES) > MANY and db.dialect() is db.Dialect.POSTGRES:
        found = await _read_together(tables or TABLES)
    else:
        found = {table: await list_rows(table) for table in tables or TABLES}
    for row in found.get("service_token", ()):
        del row["last_used_at"]  # A refused call was a use too.
    return found


async def _read_together(tables: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Read tables of PostgreSQL in one statement, which takes a tenth of the time of one statement for each."""
    sql = " UNION ALL ".join(f"SELECT '{name}' AS name, to_jsonb(r)::text AS row FROM {name} r" for name in tables)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for each in await db.client().execute_query_dict(sql):
        found[each["name"]].append(json.loads(each["row"]))
    return {name: sorted(rows, key=lambda row: row["id"]) for name, rows in found.items()}


async def read_tables_without_keys() -> dict[str, list[dict[str, Any]]]:
    """Read all tables except idempotency records, which also store refusals."""
    return await read_tables(*(table for table in TABLES if table != "idempotency_record"))


async def assert_refused(refusal: type[R], call: Awaitable[object]) -> R:
    """Assert that the call raises the refusal and changes nothing. Return the refusal."""
    before = await read_tables()
    with pytest.raises(refusal) as caught:
        await call
    assert await read_tables() == before
    return caught.value


async def list_pending_effects(name: str) -> list[dict[str, Any]]:
    """List the arguments of the pending effects of that name."""
    return [effect.args for effect in await outbox.list_pending(name)]


async def read_all_pages(ask: Callable[[PageRequest], Awaitable[Page[Any]]], *, first: int) -> list[Any]:
    """Read a whole list page by page."""
    rows: list[Any] = []
    after: str | None = None
    while True:
        page = await ask(PageRequest(first, after))
        rows += page.rows
        if not page.has_next:
            return rows
        after = page.cursor_of(page.rows[-1])


@cache
def _get_settings() -> Settings:
    return make_settings()


async def run_effects() -> None:
    """Run the pending effects of submissions and boards, as the workers would."""
    for name in ("effects.receive_submission", "effects.screen_revision", "effects.publish_ahead"):
        while effects := await outbox.list_pending(name):
            for effect in effects:
                given = [_get_settings()] if JOBS[name].takes_settings else []
                await JOBS[name].work(*given, **effect.args)
                await outbox.mark_done(effect.id)
    await leaderboards.apply_pending(max_failures=1)


async def receive(submission_id: int) -> None:
    """Receive a sent submission and screen its revision, as the workers would."""
    await intake.sync_cases(submission_id)
    for row in await screening_queries.list_of_submission(submission_id):
        await checking.screen_revision(_get_settings(), row.id)


async def run_concurrently(*calls: Awaitable[Any]) -> list[Any]:
    """Run calls concurrently, and return each result or exception in order."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def start_new_day() -> None:
    """Forget what the members created and sent today."""
    await db.execute("DELETE FROM login_attempt WHERE who LIKE '%member:%'")
