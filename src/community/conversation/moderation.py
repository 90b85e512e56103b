"""Verbs by which leaders judge, hide and restore comments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.conversation import checks, queries, visibility
from community.conversation.cases import build_thing
from community.conversation.errors import CommentStateForbids
from community.conversation.models import CommentState
from community.conversation.queries import CommentRow, HidingRow
from community.kernel import audit, db
from community.kernel.ddl import REDACTED
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import judging
from community.review.appeals.models import AppealedAction
from community.review.appeals.subjects import SUBJECTS, Ground, Subject
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.review.service import require_publishable
from community.review.things import THINGS, Thing, ThingRevision, ThingVerbs
from community.submissions.rules import normalise_note


async def _approve(case: CaseRow, leader: MemberRow | None) -> None:
    row = await visibility.publish(case.community_id, case.thing_id or 0, revision=case.thing_revision or 0)
    is_public = row.state is CommentState.PUBLISHED
    await _record(leader, row, "comment.publish" if is_public else "comment.refuse", case_id=case.id)
    if is_public:
        await notify_member(
            row.community_id, row.author_id, kind=NoticeKind.COMMENT_PUBLISHED, key=f"case:{case.id}",
            detail={"comment": row.id},
        )  # fmt: skip


async def _refuse(case: CaseRow, leader: MemberRow | None, note: str) -> None:
    row = await visibility.refuse(case.community_id, case.thing_id or 0, revision=case.thing_revision or 0, note=note)
    await _record(leader, row, "comment.refuse", case_id=case.id)
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.COMMENT_REFUSED, key=f"case:{case.id}",
        detail={"comment": row.id},
    )  # fmt: skip


@db.transactional
async def hide(actor: Actor, comment_id: int, *, reason: str) -> CommentRow:
    """Hide a published comment with a reason, and return it. Its author reads the reason.

    Raises LeadersOnly, NotFound, OwnThing, CommentStateForbids, InvalidInput.
    """
    author_id = (await queries.get(actor.community_id, comment_id)).author_id
    leader = await permissions.lock_leader(actor, author_id)
    _, row = await visibility.lock_comment(leader.community_id, comment_id)
    checks.require_hideable(row, leader)
    return await _hide(row, leader, normalise_note(reason, path="reason"))


async def _hide(row: CommentRow, leader: MemberRow | None, reason: str) -> CommentRow:
    hiding = await visibility.hide(row, by=leader, reason=reason)
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.COMMENT_HIDDEN, key=f"hiding:{hiding.id}",
        detail={"comment": row.id},
    )  # fmt: skip
    return await queries.get(row.community_id, row.id)


@db.transactional
async def restore(actor: Actor, comment_id: int) -> CommentRow:
    """Show a hidden comment again as it was, and return it. Any leader but the author can do so.

    Raises LeadersOnly, NotFound, OwnThing, CommentStateForbids, AuthorSuspended, AuthorDisagrees.
    """
    author_id = (await queries.get(actor.community_id, comment_id)).author_id
    leader = await permissions.lock_leader(actor, author_id)
    _, row = await visibility.lock_comment(leader.community_id, comment_id)
    checks.require_restorable(row, leader)
    return await _restore(row, leader)


async def _restore(row: CommentRow, by: MemberRow | None) -> CommentRow:
    (hiding,) = await queries.find_hidings([row.id])
    if row.state is not CommentState.HIDDEN or hiding is None:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))
    await require_publishable(row.author_id)
    shown = await visibility.restore(row.community_id, row.id, by=by)
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.COMMENT_RESTORED, key=f"hiding:{hiding.id}:restored",
        detail={"comment": row.id},
    )  # fmt: skip
    return shown


async def _record(actor: MemberRow | None, row: CommentRow, action: str, **detail: int) -> None:
    await audit.record_about(row, action, by=actor, state=row.state.value, **detail)


async def _find_thing(community_id: int, comment_id: int) -> Thing:
    return build_thing(await queries.get(community_id, comment_id))


async def _lock_thing(community_id: int, comment_id: int) -> Thing:
    _, row = await visibility.lock_comment(community_id, comment_id)
    return build_thing(row)


async def _hide_thing(thing: Thing, leader: MemberRow | None, reason: str) -> None:
    await _hide(await queries.get(thing.community_id, thing.id), leader, reason)


async def _read_texts(revisions: Sequence[tuple[int, int]]) -> list[str | None]:
    return [None if one.text == REDACTED else one.text for one in await queries.get_revisions(revisions)]


async def _find_hidings(numbers: Sequence[int]) -> list[Ground | None]:
    hidings = {row.id: row for row in await queries.list_hidings(numbers)}
    comments = await queries.find_by_ids(sorted({row.comment_id for row in hidings.values()}))
    return [_build_ground(hidings.get(number), comments) for number in numbers]


def _build_ground(hiding: HidingRow | None, comments: dict[int, CommentRow]) -> Ground | None:
    if hiding is None:
        return None
    row = comments[hiding.comment_id]
    shown = ThingRevision(ThingKind.COMMENT, row.id, row.published_revision or row.latest_revision)
    is_hidden = hiding.restored_at is None and row.state is CommentState.HIDDEN
    return Ground(row.community_id, row.author_id, hiding.hidden_by, hiding.hidden_at, is_hidden, thing=shown)


async def _grant(number: int, by: MemberRow | None, answer: str) -> None:
    del answer
    (hiding,) = await queries.list_hidings([number])
    await _restore(await queries.get(hiding.community_id, hiding.comment_id), by)


THINGS[ThingKind.COMMENT] = ThingVerbs(_find_thing, _lock_thing, _hide_thing, _approve, _refuse, _read_texts)
approve = partial(judging.approve, kind=ThingKind.COMMENT)
refuse = partial(judging.refuse, kind=ThingKind.COMMENT)
SUBJECTS[AppealedAction.HIDING] = Subject(_find_hidings, _grant)
