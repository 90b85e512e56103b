"""Checks of what a member may do with a submission. Pure.

A verb and the field of the graph that offers it ask the same function. Each raises the verb's refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from community.communities.errors import NotAMember
from community.communities.permissions import require_leader, require_not_muted
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.communities.settings import Visibility
from community.kernel.errors import NotFound, Refusal
from community.submissions import rules
from community.submissions.errors import AuthorsOnly, StateForbids
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow

Check: TypeAlias = Callable[[SubmissionRow, MemberRow], object]


def is_allowed(check: Check, row: SubmissionRow, member: MemberRow | None) -> bool:
    """Return True if a check passes for the member. None is no member."""
    try:
        if member is None:
            raise NotAMember
        check(row, member)
    except Refusal:
        return False
    return True


def require_insider(row: SubmissionRow, member: MemberRow) -> None:
    """Raise NotFound unless the member may see more than the published revision.

    The author may, and the leaders unless its state is one that only the author may see.
    """
    is_hidden = row.state in rules.AUTHOR_ONLY_STATES or not can_lead(member)
    if row.author_id != member.id and is_hidden:
        raise NotFound("submission")


def get_newest_readable(row: SubmissionRow, member: MemberRow | None) -> int | None:
    """Return the number of the newest revision that the member may read, or None.

    The published one is not meant. An edit that was not sent is the author's alone.
    """
    if not is_allowed(require_insider, row, member):
        return None
    return row.latest_revision if member is not None and row.author_id == member.id else row.sent_revision


def get_visible_version(row: SubmissionRow, member: MemberRow | None) -> int:
    """Return the version as the member sees it. Edits that were not sent count for the author only."""
    is_author = member is not None and member.id == row.author_id
    if is_author or row.sent_revision is None or row.state not in rules.STATES_WITH_UNSENT_EDITS:
        return row.version
    # Each edit raises the version and the latest revision by one.
    return row.version - (row.latest_revision - row.sent_revision)


def require_public(row: SubmissionRow, member: MemberRow) -> None:
    """Raise NotFound unless the submission is published. Every member may like it then."""
    del member
    if row.published_revision is None:
        raise NotFound("submission")


def require_author(row: SubmissionRow, member: MemberRow) -> None:
    """Raise AuthorsOnly unless the member is its author. Raises NotFound if they may not know of it."""
    if row.author_id != member.id:
        # A submission that is not public must look like one that does not exist.
        require_public(row, member)
        raise AuthorsOnly


def get_edited_state(row: SubmissionRow, member: MemberRow) -> SubmissionState:
    """Return the state after an edit. Raises what `require_author` raises, StateForbids, and Muted if it is sent."""
    require_author(row, member)
    edit = rules.EDIT if row.published_revision is None else rules.EDIT_PUBLISHED
    state = rules.get_next_state(edit, row.state)
    if state is SubmissionState.PENDING_SCREENING:
        require_not_muted(member)
    return state


def get_submitted_state(row: SubmissionRow, member: MemberRow) -> SubmissionState:
    """Return the state after it is sent to review. Raises what `get_edited_state` raises."""
    require_author(row, member)
    state = rules.get_next_state(rules.SUBMIT, row.state)
    require_not_muted(member)
    return state


def get_withdrawn_state(row: SubmissionRow, member: MemberRow) -> SubmissionState:
    """Return the state after its withdrawal. Raises what `require_author` raises, and StateForbids."""
    require_author(row, member)
    return rules.get_next_state(rules.WITHDRAW, row.state)


def require_private_publication(row: SubmissionRow, member: MemberRow) -> None:
    """Raise StateForbids unless it is published for members. Raises what `require_author` raises, and Muted."""
    require_author(row, member)
    if row.published_revision is None or row.published_for is Visibility.PUBLIC:
        raise StateForbids
    require_not_muted(member)


def require_visible_leader(row: SubmissionRow, member: MemberRow) -> None:
    """Raise LeadersOnly unless the member is a leader. Raises NotFound if they may not know of the submission."""
    if row.published_revision is None:
        require_insider(row, member)
    require_leader(member)


def get_removed_state(row: SubmissionRow, member: MemberRow | None) -> SubmissionState:
    """Return the state after its removal by a leader. The operator is None.

    Raises what `require_visible_leader` raises, and StateForbids.
    """
    if member is not None:
        require_visible_leader(row, member)
    return rules.get_next_state(rules.REMOVE, row.state)
