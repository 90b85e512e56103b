"""Favourites, shares and views over the API."""

from __future__ import annotations

import pytest

from community.kernel import db
from community.submissions import views

COUNTS = "query($s: ID!) { submission(id: $s) { viewCount favouriteCount shareCount viewerHasFavourited } }"
FAVOURITE = "mutation($i: SubmissionFavouriteInput!) { submissionFavourite(input: $i) { errors { code } } }"
UNFAVOURITE = """mutation($i: SubmissionFavouriteInput!) {
  submissionUnfavourite(input: $i) { submission { id } errors { code } } }"""
SHARE = "mutation($i: SubmissionShareInput!) { submissionShare(input: $i) { errors { code } } }"
LIST = "query($c: ID!) { myFavourites(communityId: $c) { nodes { submissionId submission { id } } } }"


@pytest.fixture
async def post(place):
    """A published submission with its leader, author and a reader."""
    leader = await place.found_community(public=True)
    author, reader = await place.resident(leader, "小李"), await place.resident(leader, "小王")
    return leader, author, reader, (await place.publish(author, leader))["id"]


async def read(caller, post):
    return (await caller.ask(COUNTS, s=post[3]))["submission"]


async def test_views_count_readers_without_the_author(place, post):
    leader, author, reader, _ = post
    for caller in (author, leader, reader, reader):
        await read(caller, post)
    await views.send()
    await views.store()
    assert (await read(author, post))["viewCount"] == 2


async def test_read_of_a_submission_writes_nothing(place, post):
    before = await db.scalar("SELECT count(*) FROM submission_view")
    await read(post[2], post)
    await views.send()
    assert await db.scalar("SELECT count(*) FROM submission_view") == before == 0


async def test_author_alone_reads_favourites_and_shares(place, post):
    leader, author, reader, number = post
    await reader.ask(FAVOURITE, i={"submissionId": number})
    await reader.ask(SHARE, i={"submissionId": number, "channel": "CHAT"})
    own, others = await read(author, post), await read(leader, post)
    assert (own["favouriteCount"], own["shareCount"], own["viewerHasFavourited"]) == (1, 1, False)
    assert (others["favouriteCount"], others["shareCount"], others["viewerHasFavourited"]) == (None, None, False)
    assert (await read(reader, post))["viewerHasFavourited"] is True


async def test_ended_favourite_is_shown_as_gone(place, post):
    _, _, reader, number = post
    await reader.ask(FAVOURITE, i={"submissionId": number})
    await db.execute("UPDATE submission SET state = 'WITHDRAWN', published_revision = NULL")
    listed = await reader.ask(LIST, c=place.id)
    assert listed["myFavourites"]["nodes"] == [{"submissionId": number, "submission": None}]
    answer = (await reader.ask(UNFAVOURITE, i={"submissionId": number}))["submissionUnfavourite"]
    assert answer == {"submission": None, "errors": []}
    assert (await reader.ask(LIST, c=place.id))["myFavourites"]["nodes"] == []
