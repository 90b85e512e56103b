"""Bounds of the whole graph: costs of texts, compressed responses, introspection."""

from __future__ import annotations

import gzip

import pytest
from graphql import get_introspection_query

from community.api.schema import build_schema

FEED = "query ($c: ID!) {{ feed(communityId: $c, first: 100) {{ nodes {{ id {} }} }} }}"
HALF_FEED = FEED.replace("100", "50")


async def get_codes(query: str) -> list[str]:
    result = await build_schema().execute(query, {"c": "x"})
    return [error.extensions["code"] for error in result.errors]


async def test_repeated_texts_of_a_feed_are_refused():
    texts = " ".join(f"a{i}: text" for i in range(30))
    assert await get_codes(FEED.format(f"published {{ {texts} }}")) == ["QUERY_TOO_COSTLY"]


async def test_feed_with_its_texts_is_affordable(place):
    leader = await place.found_community()
    whole = """kind state recommended likeCount isPublic publishedAt author { id person { id nickname } }
        published { id number title text tags media { id altText width height url(size: WIDE_480) } }"""
    assert await leader.ask(HALF_FEED.format(whole), c=place.id) == {"feed": {"nodes": []}}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_long_response_is_compressed_for_its_client(place, encoding):
    async with place.client.stream(
        "POST", "/graphql", json={"query": get_introspection_query()}, headers={"accept-encoding": encoding}
    ) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == ("gzip" if encoding == "gzip" else None)
    assert "Accept-Encoding" in response.headers["vary"]
    assert int(response.headers["content-length"]) == len(raw)
    text = gzip.decompress(raw) if encoding == "gzip" else raw
    assert b'"__schema"' in text


async def test_short_response_is_not_compressed(place):
    response = await place.client.post("/graphql", json={"query": "{ __typename }"})
    assert "content-encoding" not in response.headers
