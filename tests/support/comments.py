"""Comments for a test, sent by the services."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.conversation import post, queries, threads, visibility, writing
from community.conversation.post import Draft
from community.conversation.queries import CommentRow, ThreadRow
from community.conversation.rules import normalise_content
from community.conversation.writing import NewComment
from community.kernel import clock, db
from community.safety import lists
from community.safety.checks import Screening
from community.safety.entries import Word
from community.safety.facts import Finding, Level, Reason, Verdict
from community.settings import Settings
from community.submissions.queries import SubmissionRow
from tests.support.api import new_key
from tests.support.backends import make_settings
from tests.support.story import SampleCommunity, read_tables

R = TypeVar("R", bound=Exception)

TABLES = ("comment", "comment_revision", "comment_mention", "comment_like", "comment_hiding", "comment_thread")


async def settle(*members: MemberRow) -> None:
    """Make these members old enough that they are no newcomers, and their comments too old to count."""
    await db.execute(
        "UPDATE comment SET created_at = $2 WHERE author_id = ANY($1)",
        [member.id for member in members], clock.now() - timedelta(days=2),
    )  # fmt: skip
    await db.execute(
        "UPDATE membership SET joined_at = $2 WHERE id = ANY($1)",
        [member.id for member in members], clock.now() - timedelta(days=30),
    )  # fmt: skip


async def send_comment(
    author: MemberRow,
    submission: SubmissionRow,
    text: str = "真香",
    *,
    parent: CommentRow | None = None,
    media_id: int | None = None,
    mentions: tuple[int, ...] = (),
    key: str | None = None,
    settings: Settings | None = None,
) -> CommentRow:
    """Send a comment and return it."""
    content = normalise_content(text, media_id=media_id, mention_ids=mentions)
    draft = Draft(submission.id, content, None if parent is None else parent.id)
    number = await post.send(settings or make_settings(), author, draft, key=key or new_key())
    return await reload_comment(number)


@db.transactional
async def send_to_leader(
    author: MemberRow, submission: SubmissionRow, text: str = "真香", *, is_public: bool = False
) -> CommentRow:
    """Send a comment of which a check is away, so that a leader must look. Return it."""
    await threads.lock_thread(submission.community_id, submission.id)
    content = normalise_content(text, media_id=None, mention_ids=())
    readers = Visibility.PUBLIC if is_public else Visibility.MEMBERS
    awaited = NewComment(author, content, None, Screening(Verdict.PASS, ()), True, readers)
    (row,) = await writing.insert(submission, [awaited])
    found = [Finding(Level.REVIEW, Reason.PLATFORM_FAILED)]
    return await visibility.ask_leader(row.community_id, row.id, revision=1, findings=found)


async def reload_comment(row: CommentRow | int) -> CommentRow:
    """Return the comment as it is now."""
    (found,) = await queries.get_by_ids([row if isinstance(row, int) else row.id])
    return found


async def get_thread(submission: SubmissionRow) -> ThreadRow:
    """Return the thread of a submission."""
    (found,) = await queries.find_threads([submission.id])
    assert found is not None
    return found


async def list_word(place: SampleCommunity, text: str, level: Level) -> None:
    """Publish a word list of the community with one word."""
    await lists.publish_as_leader(place.leader, version=0, words=[Word(text, level, "ADVERTISING")], exceptions=[])


async def assert_comment_refused(refusal: type[R], call: Awaitable[object]) -> R:
    """Assert that the call raises the refusal and changes no comment. Return the refusal."""
    before = await _read_comments()
    with pytest.raises(refusal) as caught:
        await call
    assert await _read_comments() == before
    return caught.value


async def _read_comments() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all tables, without the threads that only a lock has made."""
    found = await read_tables(*TABLES)
    threads = [row for row in found["comment_thread"] if row["comment_count"] or row["closed_at"]]
    return found | {"comment_thread": threads}
