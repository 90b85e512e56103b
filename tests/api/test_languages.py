"""Sentences follow the language of the request, with their figures as numbers."""

from __future__ import annotations

import pytest

from tests.support.api import new_key

CREATE = """mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) {
  errors { code message path retryAt min max actual } } }"""
TITLE = {
    "zh": "此项须为 1 至 60 个字，现为 71 个字。请调整字数。",
    "en-GB": "This needs 1 to 60 characters, not 71. Change its length.",
}
LOGIN = {"zh-Hans": "请先登录。", "en": "Log in first."}


async def send(caller, language, query, **variables):
    headers = {"Accept-Language": language}
    if caller.token:
        headers["Authorization"] = f"Bearer {caller.token}"
    response = await caller.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return response.json()


@pytest.mark.parametrize("language", LOGIN)
async def test_refused_root_field_has_language_of_the_header(place, language):
    (error,) = (await send(place.guest, language, "{ sessions { nodes { id } } }"))["errors"]
    assert (error["message"], error["extensions"]) == (LOGIN[language], {"code": "UNAUTHENTICATED"})


async def test_refused_root_field_has_its_figures(place):
    await place.found_community(public=True)
    query = "query($c: ID!) { feed(communityId: $c, first: 101) { nodes { id } } }"
    (error,) = (await send(place.guest, "en", query, c=place.id))["errors"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "path": ["first"], "min": 1, "max": 100, "actual": 101}


async def test_stored_refusal_is_answered_in_each_language(place):
    caller = await place.found_community()
    content = {"title": "长" * 71, "text": "好"}
    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "content": content}
    for language, sentence in TITLE.items():
        data = (await send(caller, language, CREATE, i=given))["data"]
        assert data["submissionCreate"]["errors"] == [
            {"code": "INVALID_INPUT", "message": sentence, "path": ["content", "title"], "retryAt": None,
             "min": 1, "max": 60, "actual": 71}
        ]  # fmt: skip


@pytest.mark.parametrize("language", LOGIN)
async def test_refused_upload_has_language_of_the_header(place, language):
    response = await place.client.post("/upload", headers={"Accept-Language": language})
    assert response.json()["errors"][0]["message"] == LOGIN[language]


async def test_missing_file_has_language_of_the_header(place):
    response = await place.client.get("/media/none/none.webp", headers={"Accept-Language": "en"})
    assert response.json()["errors"][0]["message"] == "There is no such picture, or it was deleted. Reload the page."
