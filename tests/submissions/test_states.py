"""Every verb from every state on a real database."""

from __future__ import annotations

import pytest

from community.kernel.errors import Conflict, NotFound
from community.submissions import removal, review_steps, write
from community.submissions.errors import StateForbids
from community.submissions.models import SubmissionState
from tests.support.story import (
    create_community,
    create_in_state,
    edit_submission,
    get_revision,
    make_content,
    read_tables,
    reload_submission,
)

D, P, R, U, T, J, W, X = (
    SubmissionState  # draft, pending, in review, published ("up"), returned, rejected, withdrawn, removed
)


async def edit(place, row):
    return await write.edit(place.resident, row.id, version=row.version, content=make_content("新题"))


async def submit(place, row):
    return await write.submit(place.resident, row.id, version=row.version)


async def withdraw(place, row):
    return await removal.withdraw(place.resident, row.id, version=row.version)


async def remove(place, row):
    return await removal.remove(place.leader, row.id, version=row.version, reason="广告")


async def receive(place, row):
    return await review_steps.start_review(row.id)


async def publish(place, row):
    revision = await get_revision(row)
    published = await review_steps.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)
    return published.submission


async def send_back(place, row):
    revision = await get_revision(row)
    return await review_steps.refuse(
        place.id, row.id, revision_id=revision.id, state=SubmissionState.RETURNED, note="补充"
    )


async def reject(place, row):
    revision = await get_revision(row)
    return await review_steps.refuse(
        place.id, row.id, revision_id=revision.id, state=SubmissionState.REJECTED, note="无关"
    )


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
# The refusal of each verb. A person reads which state forbids it, a leader that it has changed, and a job gets None.
REFUSED = {publish: Conflict, send_back: Conflict, reject: Conflict}
# Submissions that only the author may know of do not exist for a leader who removes.
UNKNOWN = {(remove, D), (remove, W)}


@pytest.mark.parametrize("state", SubmissionState)
@pytest.mark.parametrize("verb", ALLOWED, ids=lambda verb: verb.__name__)
async def test_verb_follows_table_or_changes_nothing(database, verb, state):
    place = await create_community(residents=1)
    row = await create_in_state(place, state)
    assert row.state is state
    before = await read_tables()
    if state in ALLOWED[verb]:
        after = await verb(place, row)
        assert (after, after.state, after.version) == (
            await reload_submission(row),
            ALLOWED[verb][state],
            row.version + 1,
        )
        assert (await read_tables())["submission_revision"] != before["submission_revision"] or verb is not edit
        return
    if verb is receive:
        assert await verb(place, row) is None
    else:
        with pytest.raises(NotFound if (verb, state) in UNKNOWN else REFUSED.get(verb, StateForbids)):
            await verb(place, row)
    assert await read_tables() == before


@pytest.mark.parametrize(
    "state", [state for state in SubmissionState if state not in {SubmissionState.RETURNED, SubmissionState.REJECTED}]
)
async def test_refusal_to_another_state_is_refused(database, state):
    place = await create_community(residents=1)
    row = await create_in_state(place, SubmissionState.IN_REVIEW)
    revision = await get_revision(row)
    before = await read_tables()
    with pytest.raises(StateForbids):
        await review_steps.refuse(place.id, row.id, revision_id=revision.id, state=state, note="x")
    assert await read_tables() == before


@pytest.mark.parametrize("state", [W, X])
async def test_withdrawn_and_removed_submissions_are_hidden(database, state):
    place = await create_community(residents=1)
    row = await create_in_state(place, state)
    assert (row.published_revision, row.recommended, row.published_at is not None) == (None, False, True)


async def test_outdated_revision_cannot_be_published_or_refused(database):
    place = await create_community(residents=1)
    row = await create_in_state(place, SubmissionState.IN_REVIEW)
    first = await get_revision(row)
    await write.edit(place.resident, row.id, version=row.version, content=make_content("新题"))
    await review_steps.start_review(row.id)
    before = await read_tables()
    with pytest.raises(Conflict):
        await review_steps.publish(place.id, row.id, revision_id=first.id, recommended=False, note=None)
    with pytest.raises(Conflict):
        await review_steps.refuse(place.id, row.id, revision_id=first.id, state=SubmissionState.REJECTED, note="x")
    assert await read_tables() == before


async def test_a_revision_of_another_submission_publishes_nothing(database):
    place = await create_community(residents=1)
    one, two = (
        await create_in_state(place, SubmissionState.IN_REVIEW),
        await create_in_state(place, SubmissionState.IN_REVIEW),
    )
    before = await read_tables()
    with pytest.raises(Conflict):
        await review_steps.publish(
            place.id, one.id, revision_id=(await get_revision(two)).id, recommended=False, note=None
        )
    assert await read_tables() == before


async def test_publication_is_first_once(database):
    place = await create_community(residents=1)
    row = await create_in_state(place, SubmissionState.IN_REVIEW)
    answers = []
    for title in ("一", "二"):
        revision = await get_revision(row)
        answers.append(
            await review_steps.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)
        )
        row = await edit_submission(answers[-1].submission, place.resident, title=title)
    assert [answer.is_first for answer in answers] == [True, False]
    assert answers[0].submission.published_at == answers[1].submission.published_at
