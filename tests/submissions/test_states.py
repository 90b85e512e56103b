"""The state machine on a real database: every verb from every state, allowed or refused as the rules say."""

from __future__ import annotations

import pytest

from community.kernel.errors import Conflict, NotFound
from community.submissions import service as submissions
from community.submissions.errors import StateForbids
from community.submissions.models import State
from tests.support.story import content, everything, in_state, neighbourhood, now_of, revision_of

D, P, R, U, T, J, W, X = State  # draft, pending, in review, published ("up"), returned, rejected, withdrawn, removed


async def edit(place, row):
    return await submissions.edit(place.resident, row.id, version=row.version, content=content("新题"))


async def submit(place, row):
    return await submissions.submit(place.resident, row.id, version=row.version)


async def withdraw(place, row):
    return await submissions.withdraw(place.resident, row.id, version=row.version)


async def remove(place, row):
    return await submissions.remove(place.leader, row.id, version=row.version, reason="广告")


async def receive(place, row):
    return await submissions.receive(row.id)


async def publish(place, row):
    revision = await revision_of(row)
    return await submissions.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)


async def send_back(place, row):
    revision = await revision_of(row)
    return await submissions.refuse(place.id, row.id, revision_id=revision.id, state=State.RETURNED, note="补充")


async def reject(place, row):
    revision = await revision_of(row)
    return await submissions.refuse(place.id, row.id, revision_id=revision.id, state=State.REJECTED, note="无关")


ALLOWED = {
    edit: {D: D, P: P, R: P, U: P, T: T},
    submit: {D: P, T: P},
    withdraw: {D: W, P: W, R: W, U: W, T: W, J: W},
    remove: {P: X, R: X, U: X, T: X, J: X},
    receive: {P: R},
    publish: {R: U},
    send_back: {R: T},
    reject: {R: J},
}
# How a verb says no: a person is told which state forbids it, a leader that the thing has moved on, a job nothing.
REFUSED = {publish: Conflict, send_back: Conflict, reject: Conflict}
# What its author alone may know of does not exist for a leader who removes.
UNKNOWN = {(remove, D), (remove, W)}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", ALLOWED, ids=lambda verb: verb.__name__)
async def test_a_verb_does_what_the_table_says_or_changes_nothing(database, verb, state):
    place = await neighbourhood(residents=1)
    row = await in_state(place, state)
    assert row.state is state
    before = await everything()
    if state in ALLOWED[verb]:
        after = await verb(place, row)
        assert (after, after.state, after.version) == (await now_of(row), ALLOWED[verb][state], row.version + 1)
        assert (await everything())["submission_revision"] != before["submission_revision"] or verb is not edit
        return
    if verb is receive:
        assert await verb(place, row) is None
    else:
        with pytest.raises(NotFound if (verb, state) in UNKNOWN else REFUSED.get(verb, StateForbids)):
            await verb(place, row)
    assert await everything() == before


@pytest.mark.parametrize("state", [state for state in State if state not in {State.RETURNED, State.REJECTED}])
async def test_the_review_refuses_to_nothing_but_returned_and_rejected(database, state):
    place = await neighbourhood(residents=1)
    row = await in_state(place, State.IN_REVIEW)
    revision = await revision_of(row)
    before = await everything()
    with pytest.raises(StateForbids):
        await submissions.refuse(place.id, row.id, revision_id=revision.id, state=state, note="x")
    assert await everything() == before


@pytest.mark.parametrize("state", [W, X])
async def test_what_is_withdrawn_or_removed_is_public_no_more(database, state):
    place = await neighbourhood(residents=1)
    row = await in_state(place, state)
    assert (row.published_revision, row.recommended, row.published_at is not None) == (None, False, True)


async def test_a_revision_that_was_overtaken_cannot_be_published_or_refused(database):
    place = await neighbourhood(residents=1)
    row = await in_state(place, State.IN_REVIEW)
    first = await revision_of(row)
    await submissions.edit(place.resident, row.id, version=row.version, content=content("新题"))
    await submissions.receive(row.id)
    before = await everything()
    with pytest.raises(Conflict):
        await submissions.publish(place.id, row.id, revision_id=first.id, recommended=False, note=None)
    with pytest.raises(Conflict):
        await submissions.refuse(place.id, row.id, revision_id=first.id, state=State.REJECTED, note="x")
    assert await everything() == before


async def test_a_revision_of_another_submission_publishes_nothing(database):
    place = await neighbourhood(residents=1)
    one, two = await in_state(place, State.IN_REVIEW), await in_state(place, State.IN_REVIEW)
    before = await everything()
    with pytest.raises(Conflict):
        await submissions.publish(
            place.id, one.id, revision_id=(await revision_of(two)).id, recommended=False, note=None
        )
    assert await everything() == before
