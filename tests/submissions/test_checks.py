"""Checks, which agree with their verbs."""

from __future__ import annotations

import pytest

from community.communities.models import Role
from community.kernel import db
from community.kernel.errors import Refusal
from community.submissions import checks, removal, write
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.support.story import add_member, create_community, create_in_state, make_content


async def edit(actor, row):
    await write.edit(actor, row.id, version=row.version, content=make_content())


async def submit(actor, row):
    await write.submit(actor, row.id, version=row.version)


async def withdraw(actor, row):
    await removal.withdraw(actor, row.id, version=row.version)


async def remove(actor, row):
    await removal.remove(actor, row.id, version=row.version, reason="广告")


async def like(actor, row):
    await likes.like(actor, row.id)


VERBS = {
    edit: checks.get_edited_state,
    submit: checks.get_submitted_state,
    withdraw: checks.get_withdrawn_state,
    remove: checks.get_removed_state,
    like: checks.require_public,
}


@db.transactional
async def is_done(verb, actor, row) -> bool:
    """Run a verb and undo it. Return True if it was allowed."""
    try:
        async with db.savepoint():
            await verb(actor, row)
            raise ZeroDivisionError  # noqa: TRY301 - it undoes the savepoint
    except ZeroDivisionError:
        return True
    except Refusal:
        return False


@pytest.mark.parametrize("state", SubmissionState)
async def test_check_agrees_with_its_verb(database, state):
    place = await create_community()
    row = await create_in_state(place, state)
    people = (place.resident, place.other, place.leader, await add_member(place, role=Role.EXPERT))
    offered = [[checks.is_allowed(check, row, member) for check in VERBS.values()] for member in people]
    assert offered == [[await is_done(verb, member, row) for verb in VERBS] for member in people]


def test_nothing_is_allowed_without_membership():
    assert not checks.is_allowed(lambda row, member: None, None, None)
