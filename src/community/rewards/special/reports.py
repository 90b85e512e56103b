"""Wall of contributors of a co-building project, and reports of leaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import audit, clock, db, mistakes, outbox
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.texts import normalise_multiline_text, normalise_text
from community.media import uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.notices.models import NoticeKind
from community.notices.service import notify_members
from community.rewards import queries, rules
from community.rewards.errors import RewardStateForbids
from community.rewards.kinds import RewardKind, RewardState
from community.rewards.rows import ReportRow

_BATCH_SIZE = 500


class ContributorRow(db.Row):
    """A member on the wall, with their first named pledge."""

    id: int
    membership_id: int


@dataclass(slots=True)
class _ReportMediaRow:
    report_id: int
    media_id: int


_COLUMNS = db.columns(ReportRow)
_NEW = db.Change(
    "INSERT INTO project_report (community_id, reward_id, author_id, title, text, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}",
    ReportRow,
)
_NEW_MEDIA = (
    "INSERT INTO project_report_media (community_id, report_id, position, media_id)"
    " SELECT $1, $2, given.position - 1, given.id FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, position)"
)
_REPORTS = Listing(f"SELECT {_COLUMNS} FROM project_report WHERE reward_id = $1", ReportRow, by={"id": int})
_REPORT = db.Select(f"SELECT {_COLUMNS} FROM project_report WHERE id = $1", ReportRow)
_MEDIA = db.Select(
    "SELECT report_id, media_id FROM project_report_media WHERE report_id = ANY($1) ORDER BY report_id, position",
    _ReportMediaRow,
)
_COUNTS = "t.reward_id = $1 AND t.kind = 'PROJECT' AND t.state IN ('RESERVED', 'FULFILLED')"
# Of several named pledges of a member the first decides the place on the wall.
_WALL = Listing(
    "SELECT t.id, t.membership_id FROM redemption t JOIN membership m ON m.id = t.membership_id"
    f" JOIN person p ON p.id = m.person_id WHERE {_COUNTS} AND t.is_named AND m.left_at IS NULL"
    " AND p.erased_at IS NULL AND p.banned_at IS NULL AND NOT EXISTS (SELECT 1 FROM redemption o"
    " WHERE o.reward_id = t.reward_id AND o.membership_id = t.membership_id AND o.is_named"
    " AND o.state IN ('RESERVED', 'FULFILLED') AND o.id < t.id)",
    ContributorRow,
    by={"t.id": int},
)
_CONTRIBUTORS = db.Select(
    f"SELECT DISTINCT t.membership_id AS id FROM redemption t WHERE {_COUNTS} AND t.membership_id > $2"
    f" ORDER BY t.membership_id LIMIT {_BATCH_SIZE}",
    db.Id,
)


def normalise_words(title: str, text: str) -> tuple[str, str]:
    """Return the title and the text of a report. Raises InvalidInput with all mistakes."""
    with mistakes.collect() as check:
        title = check(normalise_text, title, max_length=rules.MAX_TITLE_LENGTH, path=("title",))
        text = check(normalise_multiline_text, text, max_length=rules.MAX_TEXT_LENGTH, path=("text",))
    return title, text


async def find_report(report_id: int) -> ReportRow | None:
    """Return the report, or None."""
    return await _REPORT.first(report_id)


@db.transactional
async def report(actor: Actor, reward_id: int, *, title: str, text: str, media_ids: Sequence[int] = ()) -> ReportRow:
    """Report on the progress of a project, and return the report.

    It has up to nine pictures, and never changes. A job notifies the contributors. Raises LeadersOnly, NotFound,
    InvalidInput, RewardStateForbids for a draft, MediaRefused and StorageFull.
    """
    with mistakes.collect() as check:
        words = check(normalise_words, title, text)
        check(rules.validate_ids, media_ids, rules.MAX_MEDIA, ("mediaIds",))
    title, text = words
    leader = await permissions.lock_leader(actor)
    reward = await queries.get_reward(leader.community_id, reward_id)
    if reward.kind is not RewardKind.PROJECT:
        raise NotFound("reward")
    if reward.state is RewardState.DRAFT:
        raise RewardStateForbids(reward.state.value.lower())
    row = await _NEW.one(reward.community_id, reward.id, leader.id, title, text, clock.now())
    if media_ids:
        by = MediaConsumer(MediaSubject.PROJECT_REPORT, row.id, row.community_id)
        await uses.add(leader.person_id, media_ids, by=by, path=("mediaIds",))
        await uses.publish(media_ids, by=by, for_everyone=True)
        await db.execute(_NEW_MEDIA, row.community_id, row.id, list(media_ids))
    await audit.record_about(reward, "reward.report", by=leader, report=row.id)
    await outbox.put("effects.announce_report", report_id=row.id)
    return row


async def announce(report_id: int) -> None:
    """Notify every contributor of a report, in steps. Idempotent: each is notified once."""
    row = await _REPORT.one(report_id)
    last = 0
    while found := await _CONTRIBUTORS.all(row.reward_id, last):
        await notify_members(
            row.community_id, kind=NoticeKind.PROJECT_REPORTED, key=f"project_report:{row.id}",
            details={each.id: {"reward": row.reward_id} for each in found},
        )  # fmt: skip
        last = found[-1].id


async def list_reports(reward_id: int, request: PageRequest) -> Page[ReportRow]:
    """Return the reports on a project, oldest first."""
    return await _REPORTS.page(request, reward_id)


async def list_media_of_reports(report_ids: Sequence[int]) -> list[list[int]]:
    """Return the ids of the pictures of each report, in order."""
    return db.group_values(await _MEDIA.all(list(report_ids)), report_ids, by="report_id", of="media_id")


async def list_contributors(reward_id: int, request: PageRequest) -> Page[ContributorRow]:
    """Return the members who agreed to be named, by the time of their pledge.

    Former, suspended and erased members are left out.
    """
    return await _WALL.page(request, reward_id)
