"""The reasons for which an endorsement is or is not current, and their records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from community.accounts import people
from community.communities import memberships
from community.experts import credentials, endorsements, queries
from community.experts.credentials import CredentialAction
from community.experts.models import EndorsementState
from community.kernel import audit, clock, db
from community.kernel.paging import PageRequest
from community.notices.models import NoticeKind
from community.review import restoring
from community.submissions import feed, removal
from community.submissions.feed import FeedFilter
from tests.experts.story import endorse, follow, in_days, make_expert, publish_edit, read
from tests.support.bank import find_violations
from tests.support.story import create_community, create_published, edit_submission, list_rows, reload_submission


class World:
    """A community with a publication, its endorsement, and what a case changes."""

    async def open(self):
        self.place = await create_community(residents=3)
        self.row = await create_published(self.place)
        self.expert = self.place.other
        self.credential = await make_expert(self.expert)
        self.made = await endorse(self.expert, self.row, self.credential)
        return self

    async def decide(self, action, **given):
        self.credential = await credentials.decide(self.credential.id, action, **given)

    async def suspend(self):
        await self.decide(CredentialAction.SUSPEND, reason="投诉")

    async def revoke(self):
        await self.decide(CredentialAction.WITHDRAW, reason="证书作废")

    async def resign(self):
        self.credential = await credentials.withdraw(self.expert, self.credential.id)

    async def qualify(self):
        self.credential = await make_expert(self.expert)

    async def verify(self):
        await self.decide(CredentialAction.VERIFY)

    async def withdraw(self):
        await endorsements.withdraw(self.expert, self.made.id, reason="看错了")

    async def remove(self):
        self.row = await reload_submission(self.row)
        self.row = await removal.remove(self.place.leader, self.row.id, version=self.row.version, reason="广告")

    async def restore(self):
        await restoring.restore(self.place.leader, self.row.id, version=self.row.version, reason="误会")

    async def edit(self):
        self.row = await edit_submission(self.row, self.place.resident, text="每天浇两次水。")

    async def publish_edit(self):
        self.row = await publish_edit(self.place, self.row, text="每天浇两次水。")

    async def endorse(self):
        self.row = await reload_submission(self.row)
        await endorse(self.expert, self.row, self.credential)

    async def renew(self):
        await self.decide(CredentialAction.RENEW, expires_on=in_days(900))

    async def expire(self):
        await credentials.expire_due()

    async def leave(self):
        await memberships.leave(self.expert)

    async def ban(self):
        await people.ban(self.expert.person_id, reason="spam")

    async def unban(self):
        await people.unban(self.expert.person_id)


NOW, LATER = timedelta(0), timedelta(days=200)
Step = Callable[[World], Awaitable[None]]
S = EndorsementState
CASES: list[tuple[list[Step], timedelta, EndorsementState]] = [
    ([], NOW, S.CURRENT),
    ([World.edit], NOW, S.CURRENT),
    ([World.publish_edit], NOW, S.TEXT_CHANGED),
    ([World.publish_edit, World.endorse], NOW, S.CURRENT),
    ([World.withdraw], NOW, S.WITHDRAWN),
    ([World.withdraw, World.endorse], NOW, S.CURRENT),
    ([World.withdraw, World.suspend, World.publish_edit], NOW, S.WITHDRAWN),
    ([World.suspend], NOW, S.CREDENTIAL_SUSPENDED),
    ([World.suspend, World.verify], NOW, S.CURRENT),
    ([World.suspend], LATER, S.CREDENTIAL_SUSPENDED),
    ([], LATER, S.CREDENTIAL_EXPIRED),
    ([World.expire], LATER, S.CREDENTIAL_EXPIRED),
    ([World.expire, World.renew], LATER, S.CURRENT),
    ([World.renew], LATER, S.CURRENT),
    ([World.revoke], NOW, S.CREDENTIAL_WITHDRAWN),
    ([World.revoke], LATER, S.CREDENTIAL_WITHDRAWN),
    ([World.suspend, World.revoke], NOW, S.CREDENTIAL_WITHDRAWN),
    ([World.expire, World.revoke], LATER, S.CREDENTIAL_WITHDRAWN),
    ([World.resign], NOW, S.CREDENTIAL_WITHDRAWN),
    ([World.leave, World.resign], NOW, S.EXPERT_GONE),
    ([World.resign, World.publish_edit], NOW, S.TEXT_CHANGED),
    ([World.resign, World.qualify], NOW, S.CREDENTIAL_WITHDRAWN),
    ([World.resign, World.qualify, World.endorse], NOW, S.CURRENT),
    ([World.remove], NOW, S.NOT_PUBLIC),
    ([World.remove, World.restore], NOW, S.CURRENT),
    ([World.suspend, World.remove, World.restore], NOW, S.CREDENTIAL_SUSPENDED),
    ([World.leave], NOW, S.EXPERT_GONE),
    ([World.ban], NOW, S.EXPERT_GONE),
    ([World.ban, World.unban], NOW, S.CURRENT),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "+".join(step.__name__ for step in case[0]) + str(case[1]))
async def test_state_follows_each_step(database, case):
    steps, after, expected = case
    world = await World().open()
    with clock.at(clock.now() + after):
        for step in steps:
            await step(world)
            await follow()
        made = await read(world.made)
        assert made.state is expected
        if after == NOW:  # the state EXPIRED is recorded by the schedule
            assert made.recorded is expected
        only = FeedFilter(further=queries.list_feed_filters(endorsed_only=True))
        found = (await feed.list_feed(world.place.community, PageRequest(5), only=only)).rows
        assert [row.id for row in found] == ([world.row.id] if expected is S.CURRENT else [])
    assert await find_violations() == {}


def test_table_has_each_state():
    assert {state for _, _, state in CASES} == set(EndorsementState)


async def list_trail(world) -> list[tuple[str, str | None]]:
    events = await audit.list_events(world.place.id, subject="endorsement", subject_id=world.made.id)
    return [(event.action, event.detail.get("state")) for event in events]


async def test_trail_says_why(database):
    world = await World().open()
    for step in (world.suspend, world.verify, world.publish_edit):
        await step()
        await follow()
        await follow()
    assert await list_trail(world) == [
        ("endorsement.give", None),
        ("endorsement.lapse", "CREDENTIAL_SUSPENDED"),
        ("endorsement.revive", "CURRENT"),
        ("endorsement.lapse", "TEXT_CHANGED"),
    ]
    notices = [row for row in await list_rows("notice") if row["kind"] == NoticeKind.ENDORSEMENT_LAPSED]
    assert [row["membership_id"] for row in notices] == [world.expert.id]


@pytest.mark.parametrize("gone", [World.leave, World.ban])
async def test_trail_says_that_the_expert_is_gone(database, gone):
    world = await World().open()
    await gone(world)
    await follow()
    assert await list_trail(world) == [("endorsement.give", None), ("endorsement.lapse", "EXPERT_GONE")]


async def test_repeated_effects_record_once(database):
    world = await World().open()
    await world.suspend()
    await follow()
    await db.execute("UPDATE outbox_effect SET done_at = NULL")
    await follow()
    assert len(await list_trail(world)) == 2


async def test_expiry_is_recorded_with_its_cause(database):
    world = await World().open()
    with clock.at(clock.now() + LATER):
        assert (await credentials.expire_due(), await credentials.expire_due()) == (1, 0)
        await follow()
        await world.renew()
        await follow()
    assert [state for _, state in await list_trail(world)] == [None, "CREDENTIAL_EXPIRED", "CURRENT"]
    events = await audit.list_events(world.place.id, subject="credential", subject_id=world.credential.id)
    assert [event.action for event in events] == [
        *("credential.apply", "credential.verify", "credential.expire", "credential.renew")
    ]
