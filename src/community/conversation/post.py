"""Sending of comments.

The comments of one submission that wait in a process are sent together (`kernel/batching.py`), because all of them
change the counts of one thread. Each is decided after all locks, in the order of arrival. The locks are taken in one
order: callers, idempotency keys, memberships, the thread, counts of the day, accounts.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import permissions
from community.communities import queries as communities
from community.communities.errors import Muted, NotAMember
from community.communities.permissions import Actor
from community.communities.queries import CommunityRow, MemberRow
from community.communities.settings import Visibility
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.conversation import contents, limits, screening, threads, visibility, writing
from community.conversation.errors import ThreadClosed
from community.conversation.rules import CommentContent
from community.conversation.writing import NewComment
from community.kernel import db, idempotency
from community.kernel.batching import Batches
from community.kernel.errors import NotFound, Refusal
from community.kernel.idempotency import Answer, IdempotencyScope, KeyedCall
from community.safety.checks import Screening
from community.safety.platform import checks as platform_checks
from community.settings import Settings
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow

OPERATION = "commentCreate"
"""The operation of the idempotency record."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment as its author gives it. `parent_id` is the comment that it answers."""

    submission_id: int
    content: CommentContent
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    actor: Actor
    session_id: int | None
    call: KeyedCall
    draft: Draft
    screening: Screening
    is_awaited: bool
    """True if the platform, or a picture, must be awaited."""


async def send(settings: Settings, actor: Actor, draft: Draft, *, key: str, session_id: int | None = None) -> int:
    """Send a comment, and return its id. It is public immediately if nothing about it must be awaited.

    Idempotent by `key`: a repetition with the same draft gets the first answer, also if it was a refusal. Raises
    SessionEnded, NotAMember, Muted, ConsentMissing, GuardianNeeded, NotFound, InvalidInput, ThreadClosed,
    TextBlocked, CommentRepeated, CommentTooSoon, TooManyToday, MediaRefused, StorageFull and KeyReused, and then
    changes nothing.
    """
    scope = IdempotencyScope(actor.community_id, actor.person_id, OPERATION)
    call = KeyedCall(scope, idempotency.validate_key(key), idempotency.compute_fingerprint(asdict(draft)))
    found = await screening.check(actor, draft.content)
    is_awaited = draft.content.media_id is not None or await platform_checks.is_asked(settings, actor.person_id)
    request = _Request(actor, session_id, call, draft, found, is_awaited)
    answer = await _BATCHES.submit((actor.community_id, draft.submission_id), request)
    return cast("int", answer["id"])


async def _send_together(key: Hashable, requests: Sequence[_Request]) -> Sequence[Answer | Refusal]:
    community_id, submission_id = cast("tuple[int, int]", key)
    return await _send_in_transaction(community_id, submission_id, requests)


_BATCHES: Batches[_Request, Answer] = Batches(_send_together)


@db.transactional
async def _send_in_transaction(
    community_id: int, submission_id: int, requests: Sequence[_Request]
) -> Sequence[Answer | Refusal]:
    callers = [(request.actor.person_id, request.session_id) for request in requests]
    active = await person_lock.lock_callers(callers)
    accepted = [request for request, caller in zip(requests, callers, strict=True) if caller in active]

    async def work(positions: Sequence[int]) -> Sequence[Answer | Refusal]:
        return await _Round(community_id, submission_id, [accepted[position] for position in positions]).send()

    outcomes = iter(await idempotency.run_all_once([request.call for request in accepted], work) if accepted else ())
    return [next(outcomes) if caller in active else SessionEnded() for caller in callers]


class _Round:
    """The requests with a new key, decided in the order of their arrival."""

    def __init__(self, community_id: int, submission_id: int, requests: Sequence[_Request]) -> None:
        self._community_id = community_id
        self._submission_id = submission_id
        self._requests = requests
        self._outcomes: dict[int, Answer | Refusal] = {}
        self._members: dict[int, MemberRow] = {}

    async def send(self) -> Sequence[Answer | Refusal]:
        """Decide every request, write what is accepted, and return the outcomes in order."""
        await self._lock_members()
        if self._members:
            await self._decide_and_write()
        return [self._outcomes[position] for position in range(len(self._requests))]

    async def _lock_members(self) -> None:
        people = [request.actor.person_id for request in self._requests]
        members = await permissions.lock_members(self._community_id, people)
        missing = await consents.find_missing(sorted(set(people)), ConsentPurpose.SERVICE)
        missing |= await consents.find_missing(sorted(set(people)), ConsentPurpose.PUBLICATION)
        for position, person_id in enumerate(people):
            member = members.get(person_id)
            if member is None:
                self._outcomes[position] = NotAMember()
            elif (muted := _find_mute(member)) is not None:
                self._outcomes[position] = muted
            elif person_id in missing:
                self._outcomes[position] = missing[person_id]
            else:
                self._members[position] = member

    async def _decide_and_write(self) -> None:
        submission = await submissions.find(self._community_id, self._submission_id)
        (community,) = await communities.get_communities([self._community_id])
        if submission is None or submission.published_revision is None:
            self._refuse_all(NotFound("submission"))
            return
        thread = await threads.lock_thread(self._community_id, self._submission_id)
        if thread.closed_at is not None:
            self._refuse_all(ThreadClosed())
            return
        await self._check_contents()
        await self._check_repetition()
        await self._check_pace(community)
        accepted = list(self._members)
        comments = [self._build(position, submission, community) for position in accepted]
        rows = await writing.insert(submission, comments) if comments else []
        passed = [row for row, comment in zip(rows, comments, strict=True) if comment.is_passed]
        await visibility.publish_all(thread, passed)
        for position, row in zip(accepted, rows, strict=True):
            self._outcomes[position] = {"id": row.id}

    def _refuse_all(self, refusal: Refusal | None) -> None:
        for position in list(self._members):
            self._refuse(position, refusal)

    def _refuse(self, position: int, refusal: Refusal | None) -> None:
        if refusal is not None:
            self._outcomes[position] = refusal
            del self._members[position]

    def _list_drafts(self) -> list[tuple[int, Draft]]:
        return [(position, self._requests[position].draft) for position in self._members]

    async def _check_contents(self) -> None:
        """Refuse blocked words, and what the author may not answer, mention or show."""
        drafts = self._list_drafts()
        known = await contents.load_known(
            self._community_id,
            {member.id for member in self._members.values()},
            [draft.content for _, draft in drafts],
            {draft.parent_id for _, draft in drafts if draft.parent_id is not None},
        )
        for position, draft in drafts:
            member, found = self._members[position], self._requests[position].screening
            self._refuse(
                position,
                contents.find_reply_refusal(draft.parent_id, draft.submission_id, member, known)
                or contents.find_content_refusal(draft.content, member, known, found)
                or await contents.find_picture_refusal(draft.content, member),
            )

    async def _check_repetition(self) -> None:
        drafts = self._list_drafts()
        sent = [(self._members[position].id, draft.content.text) for position, draft in drafts]
        if sent:
            found = await limits.find_repeated(self._submission_id, sent)
            for (position, _), refusal in zip(drafts, found, strict=True):
                self._refuse(position, refusal)

    async def _check_pace(self, community: CommunityRow) -> None:
        """Count what is still accepted. A statement counts each member once, so that several rounds may be needed."""
        pace, waiting = limits.Pace(community), list(self._members)
        while waiting:
            turn = {self._members[position].id: position for position in reversed(waiting)}
            refusals = await pace.count([self._members[position] for position in sorted(turn.values())])
            waiting = [position for position in waiting if position not in turn.values()]
            for member_id, position in turn.items():
                self._refuse(position, refusals.get(member_id))

    def _build(self, position: int, submission: SubmissionRow, community: CommunityRow) -> NewComment:
        request, member = self._requests[position], self._members[position]
        is_public = Visibility.PUBLIC is community.visibility is submission.published_for
        return NewComment(
            member, request.draft.content, request.draft.parent_id, request.screening, request.is_awaited,
            Visibility.PUBLIC if is_public else Visibility.MEMBERS,
        )  # fmt: skip


def _find_mute(member: MemberRow) -> Refusal | None:
    try:
        permissions.require_not_muted(member)
    except Muted as muted:
        return muted
    return None
