"""A neighbourhood and its people for a test, made by the services themselves.

    place = await neighbourhood(residents=3)
    row = await published(place, title="阳台番茄")
    before = await everything()

Whoever acts is a member of it; what follows from an act happens when the test says `carry_out`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import pytest

from community.identity import queries as identity_queries
from community.identity import service as identity
from community.identity.models import Joining, Platform, Role, Visibility
from community.identity.queries import CommunityRow, MemberRow
from community.kernel import db, outbox
from community.kernel.paging import LARGEST_PAGE, Page, PageRequest
from community.leaderboards import service as leaderboards
from community.review import queries as review_queries
from community.review import service as review
from community.review.queries import CaseRow
from community.review.rules import Scores
from community.submissions import queries as submission_queries
from community.submissions import service as submissions
from community.submissions.models import Kind, State
from community.submissions.queries import SubmissionRow
from community.submissions.rules import Content
from community.submissions.rules import content as checked_content
from tests.support.backends import settings_for

R = TypeVar("R", bound=Exception)
TABLES = (
    "person", "platform_identity", "community", "membership", "membership_role", "invitation",
    "account", "journal_entry", "posting", "lot", "lot_movement", "points_hold", "points_policy", "adjustment",
    "earning_rule", "season", "award", "check_in", "service_token", "interaction", "notice",
    "submission", "submission_revision", "revision_tag", "revision_media", "submission_like",
    "media", "media_use",
    "review_case", "review_decision",
    "outbox_effect", "audit_event", "idempotency_record",
    "person_phone", "guardianship", "login_session", "refresh_token", "community_change",
    "consent_document", "consent", "data_export", "erasure",
)  # fmt: skip
FAIR = Scores(3, 4, 3)
HIGH = Scores(4, 5, 4)

_number = count(1)


@dataclass(slots=True)
class Neighbourhood:
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
        """The first resident, who writes what nobody else is said to write."""
        return self.residents[0]

    @property
    def other(self) -> MemberRow:
        """The second resident."""
        return self.residents[1]


# --- people ----------------------------------------------------------------------------------------------------------


async def person(nickname: str = "阿明") -> int:
    """Somebody who has logged in and belongs nowhere."""
    return await identity.login(settings_for(), Platform.DEVELOPMENT, f"person-{next(_number)}", nickname=nickname)


async def neighbourhood(
    leaders: int = 1,
    residents: int = 2,
    *,
    name: str = "枫林小区",
    time_zone: str = "Asia/Shanghai",
    visibility: Visibility = Visibility.MEMBERS,
    joining: Joining = Joining.INVITATION,
) -> Neighbourhood:
    """A community with so many leaders (one at least) and residents."""
    founding = await identity.found_community(name=name, time_zone=time_zone, visibility=visibility, joining=joining)
    first = await identity.join(await person("团长"), invitation_code=founding.code)
    place = Neighbourhood((await identity_queries.communities([founding.community_id]))[0], [first], [])
    for _ in range(leaders - 1):
        place.leaders.append(await joined(place, role=Role.LEADER))
    for _ in range(residents):
        place.residents.append(await joined(place))
    return place


async def joined(place: Neighbourhood, *, role: Role | None = None) -> MemberRow:
    """One more member."""
    invitation = await identity.invite(place.leader, role=role, uses=1)
    return await identity.join(await person(), invitation_code=invitation.code)


# --- what they make --------------------------------------------------------------------------------------------------


def content(
    title: str = "阳台番茄", text: str = "每天浇一次水。", tags: Iterable[str] = ("种菜",), **given: Any
) -> Content:
    """The content of a revision, checked as the API checks it."""
    return checked_content(title=title, text=text, tags=tuple(tags), **given)


async def drafted(place: Neighbourhood, *, author: MemberRow | None = None, **given: Any) -> SubmissionRow:
    """A draft."""
    return await submitted(place, author=author, draft=True, **given)


async def submitted(
    place: Neighbourhood,
    *,
    author: MemberRow | None = None,
    kind: Kind = Kind.USAGE_TIP,
    draft: bool = False,
    **given: Any,
) -> SubmissionRow:
    """A submission on its way to review, whose job has not run yet."""
    return await submissions.create(author or place.resident, kind=kind, content=content(**given), draft=draft)


async def in_review(place: Neighbourhood, **given: Any) -> SubmissionRow:
    """A submission that waits for a leader's decision."""
    row = await submitted(place, **given)
    await carry_out()
    return await now_of(row)


async def published(
    place: Neighbourhood, *, scores: Scores = FAIR, by: MemberRow | None = None, **given: Any
) -> SubmissionRow:
    """A submission that a leader has approved."""
    row = await in_review(place, **given)
    case = await case_of(row)
    await review.approve(by or place.leader, case.id, version=case.version, scores=scores)
    await carry_out()
    return await now_of(row)


async def in_state(place: Neighbourhood, state: State) -> SubmissionRow:
    """The first resident's submission, brought to that state by the verbs that lead there."""
    match state:
        case State.DRAFT:
            return await drafted(place)
        case State.PENDING_SCREENING:
            return await submitted(place)
        case State.PUBLISHED:
            return await published(place)
        case State.WITHDRAWN:
            row = await published(place)
            return await submissions.withdraw(place.resident, row.id, version=row.version)
        case State.REMOVED:
            row = await published(place)
            return await submissions.remove(place.leader, row.id, version=row.version, reason="广告")
        case _:
            row = await in_review(place)
            await refused(place, row, state)
            return await now_of(row)


async def refused(place: Neighbourhood, row: SubmissionRow, state: State) -> None:
    """The leader's refusal that leads to `state`; none for what stays in review."""
    case = await case_of(row)
    if state is State.RETURNED:
        await review.send_back(place.leader, case.id, version=case.version, what_to_change="请补充照片")
    elif state is State.REJECTED:
        await review.reject(place.leader, case.id, version=case.version, reason="与小区无关")


async def edited(row: SubmissionRow, author: MemberRow, *, carry: bool = True, **given: Any) -> SubmissionRow:
    """The submission with a new revision, and the jobs that follow from it."""
    await submissions.edit(author, row.id, version=row.version, content=content(**given))
    if carry:
        await carry_out()
    return await now_of(row)


# --- what is there now -----------------------------------------------------------------------------------------------

_OPEN_CASE = db.Select(
    f"SELECT {db.columns(CaseRow)} FROM review_case WHERE submission_id = $1 AND state = 'OPEN'",
    CaseRow,
)


async def now_of(row: SubmissionRow) -> SubmissionRow:
    """The submission as it is now."""
    return await submission_queries.get(row.community_id, row.id)


async def case_of(row: SubmissionRow) -> CaseRow:
    """The open case of a submission."""
    return await _OPEN_CASE.one(row.id)


async def queue_of(leader: MemberRow) -> list[int]:
    """The submissions in a leader's queue, in its order."""
    return [case.submission_id for case in (await review_queries.queue(leader, PageRequest(LARGEST_PAGE))).rows]


async def revision_of(row: SubmissionRow, number: int | None = None) -> submission_queries.RevisionRow:
    """One revision of a submission: the latest when no number is given."""
    return (await submission_queries.revisions([(row.id, number or row.latest_revision)]))[0]


async def rows_of(table: str) -> list[dict[str, Any]]:
    """Every row of a table, as the database gives it."""
    return [dict(row) for row in await db.client().execute_query_dict(f"SELECT * FROM {table} ORDER BY id")]


async def everything(*tables: str) -> dict[str, list[dict[str, Any]]]:
    """All that these tables (all of them when none is named) hold: the same twice when nothing has changed."""
    return {table: await rows_of(table) for table in tables or TABLES}


async def everything_but_keys() -> dict[str, list[dict[str, Any]]]:
    """All that there is but the records of keys, which tell of refusals too."""
    return await everything(*(table for table in TABLES if table != "idempotency_record"))


async def refuses(refusal: type[R], call: Awaitable[object]) -> R:
    """The call raises that, and nothing has changed; what it raised."""
    before = await everything()
    with pytest.raises(refusal) as caught:
        await call
    assert await everything() == before
    return caught.value


async def promised(name: str) -> list[dict[str, Any]]:
    """The arguments of the effects of that name that are still to be carried out."""
    return [effect.args for effect in await outbox.pending(name)]


async def every_page(ask: Callable[[PageRequest], Awaitable[Page[Any]]], *, first: int) -> list[Any]:
    """The rows of a whole list, read page by page."""
    rows: list[Any] = []
    after: str | None = None
    while True:
        page = await ask(PageRequest(first, after))
        rows += page.rows
        if not page.has_next:
            return rows
        after = page.cursor_of(page.rows[-1])


# --- what follows by itself ------------------------------------------------------------------------------------------


async def carry_out() -> None:
    """Carry out what the outbox has promised, as the workers would."""
    while effects := await outbox.pending("effects.receive_submission"):
        for effect in effects:
            await review.receive(effect.args["submission_id"])
            await outbox.done(effect.id)
    await leaderboards.drain(most_failures=1)


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    """Run calls at the same time; what each answered or raised, in their order."""
    return await asyncio.gather(*calls, return_exceptions=True)
