"""A client of a database that is away gets TRY_AGAIN with a time, in its own language."""

from __future__ import annotations

from datetime import datetime

import pytest

from community.api.ids import encode
from community.api.nodes import WRITTEN_FINDERS
from community.demo import operations
from community.kernel import clock, db
from community.kernel.errors import TryAgain
from community.media import rules
from community.media.renditions import RENDITION_FORMATS
from tests.support.api import new_key
from tests.support.story import list_rows

pytestmark = pytest.mark.on_servers


@pytest.fixture
async def client(place):
    """The client of an API whose connections are cut off."""
    await db.scalar("SELECT 1")
    await db.client()._pool.close()
    return place.client


async def ask(client, query, language="en", **headers):
    given = {"input": {"platform": "DEVELOPMENT", "code": "x", "nickname": "x"}}
    wanted = {"query": query, "variables": given if "$input" in query else {}}
    return await client.post("/graphql", json=wanted, headers={"Accept-Language": language, **headers})


@pytest.mark.parametrize(("language", "words"), [("en", "restarting"), ("zh", "重启")])
async def test_mutation_has_retry_time_in_its_payload(client, language, words):
    answer = (await ask(client, operations.LOGIN, language)).json()
    (error,) = answer["data"]["login"]["errors"]
    assert (error["code"], words in error["message"]) == ("TRY_AGAIN", True)


async def test_query_has_retry_time_in_its_extensions(client):
    (error,) = (await ask(client, "{ consentDocuments { id } }")).json()["errors"]
    assert error["extensions"]["code"] == "TRY_AGAIN"
    assert datetime.fromisoformat(error["extensions"]["retryAt"]) > clock.now()


async def test_document_by_digest_is_retryable(client):
    wanted = {"documentId": "0" * 64}
    accepted = {"Accept": "application/graphql-response+json"}
    answer = await client.post("/graphql", json=wanted, headers=accepted)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["errors"][0]["extensions"]["code"] == "TRY_AGAIN"


async def test_picture_is_retryable(client):
    answer = await client.get(f"/media/{rules.generate_name()}/{next(iter(RENDITION_FORMATS))}")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "TRY_AGAIN")


@pytest.mark.parametrize("kind", ["Community", "Member", "Submission", "Revision", "Comment", "Reward"])
async def test_node_is_retryable_and_not_null(client, kind):
    (error,) = (await ask(client, f'{{ node(id: "{encode(kind, 1)}") {{ id }} }}')).json()["errors"]
    assert error["extensions"]["code"] == "TRY_AGAIN"


async def test_result_that_cannot_be_read_is_retryable(place, monkeypatch):
    """The connection is lost after the commit, before the payload is read."""
    leader = await place.found_community()

    async def lose(number, info):
        raise TryAgain("away")

    given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "draft": True}
    with monkeypatch.context() as patch:
        patch.setitem(WRITTEN_FINDERS, "Submission", lose)
        refused = (await leader.ask(operations.SUBMIT, input=given))["submissionCreate"]
    assert (refused["submission"], [error["code"] for error in refused["errors"]]) == (None, ["TRY_AGAIN"])
    created = (await leader.ask(operations.SUBMIT, input=given))["submissionCreate"]
    assert (created["submission"] is not None, created["errors"]) == (True, [])
    assert len(await list_rows("submission")) == 1
