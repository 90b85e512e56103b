"""Shares: recorded once per channel, and never paid."""

from __future__ import annotations

from community.kernel.errors import NotFound
from community.submissions import removal
from community.submissions.reactions import shares
from community.submissions.reactions.models import ShareChannel
from tests.support.bank import get_balance
from tests.support.story import assert_refused, create_community, create_published, list_rows


async def test_share_counts_once_per_channel(database):
    place = await create_community()
    row = await create_published(place)
    for channel in (ShareChannel.CHAT, ShareChannel.CHAT, ShareChannel.LINK):
        assert (await shares.share(place.other, row.id, channel=channel)).id == row.id
    assert await shares.SHARES.count_by_thing([row.id]) == {row.id: 2}
    assert await get_balance(place.other) == 0


async def test_ended_submission_is_not_shared(database):
    place = await create_community()
    row = await create_published(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await assert_refused(NotFound, shares.share(place.other, row.id, channel=ShareChannel.CHAT))
    assert await list_rows("submission_share") == []
