"""A slow job does not act on a state from before an edit or a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from community.kernel import db
from community.review import service as review
from community.review.rules import Approval
from community.submissions import write
from tests.support.story import (
    FAIR_SCORES,
    create_community,
    create_in_review,
    get_open_case,
    get_revision,
    list_queue,
    list_rows,
    make_content,
    receive,
    reload_submission,
)
from tests.support.waiting import until_blocked


async def while_a_job_is_slow(row, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` after a job has read the submission, and before that job writes."""
    go = asyncio.Event()

    async def overtakes() -> None:
        if db.dialect() is db.Dialect.POSTGRES:
            await db.execute("LOCK TABLE review_case IN EXCLUSIVE MODE")
        go.set()
        await until_blocked()
        await work()

    async def slow_job() -> None:
        await go.wait()
        await receive(row.id)

    await asyncio.wait_for(asyncio.gather(slow_job(), db.transaction(overtakes)), 20)


async def test_slow_job_keeps_newer_case(database):
    place = await create_community()
    row = await create_in_review(place)

    async def edit() -> None:
        await write.edit(place.resident, row.id, version=row.version, content=make_content("改"))
        await receive(row.id)

    await while_a_job_is_slow(row, edit)
    row = await reload_submission(row)
    assert (await get_open_case(row)).revision_id == (await get_revision(row)).id
    assert await list_queue(place.leader) == [row.id]


async def test_slow_job_opens_no_decided_case(database):
    place = await create_community()
    row = await create_in_review(place)
    case = await get_open_case(row)
    await while_a_job_is_slow(
        row, lambda: review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    )
    assert [found["state"] for found in await list_rows("review_case")] == ["DECIDED"]
