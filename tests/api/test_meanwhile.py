"""A person who is erased during a call. No mutation writes anything about them."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import queries
from community.accounts.access_tokens import Bearer
from community.accounts.models import Platform
from community.accounts.sessions import begin
from community.api.context import Context
from community.api.schema import build_schema
from community.database import use_database
from community.kernel import cache, clock, db, storage
from community.kernel.personal import ErasureContent, Part
from community.kernel.received import ReceivedFile
from community.privacy import erasures
from community.privacy import service as privacy
from community.privacy.parts import PARTS
from tests.api.asking import MUTATIONS, write_document
from tests.api.who_may_what import OWN, TABLE, World
from tests.support.api import new_key
from tests.support.backends import make_settings
from tests.support.pictures import make_photo
from tests.support.story import list_rows, read_tables
from tests.support.waiting import until_blocked

IMMEDIATE = make_settings(erasure_wait_days=0)
SCHEMA = build_schema()
# Refused before anything is written. They need a service token or WeChat, which is not connected here.
REFUSED_BEFORE = {
    "interactionReport": "SERVICES_ONLY", "interactionsReport": "SERVICES_ONLY", "pointsSpend": "SERVICES_ONLY",
    "pointsRefund": "SERVICES_ONLY", "pointsFreeze": "SERVICES_ONLY", "pointsCapture": "SERVICES_ONLY",
    "pointsRelease": "SERVICES_ONLY", "phoneBind": "PLATFORM_UNAVAILABLE",
    "platformSessionCheck": "PLATFORM_UNAVAILABLE",
}  # fmt: skip


async def execute(query, variables, context):
    answer = await SCHEMA.execute(query, variable_values=variables, context_value=context)
    assert answer.errors is None, answer.errors
    ((operation, found),) = answer.data.items()
    return operation, [error["code"] for error in found["errors"]]


async def test_every_mutation_checks_the_person_when_writing(settings):
    """The caller is erased between the authentication and the first write."""
    async with use_database(settings):
        cache.open_cache(settings)
        storage.open_storage(settings)
        world = await World.build(settings)
        me = world.members["leader"].person_id
        session = await begin(settings, me, Platform.DEVELOPMENT)
        documents = {}
        for operation in MUTATIONS:
            given = await TABLE[operation].ask(world, "leader", OWN)
            documents[operation] = write_document(operation, given)
        # Only the erasure mark is set, so that all earlier reads of the call succeed.
        await db.execute("UPDATE person SET erased_at = $2 WHERE id = $1", me, clock.now())
        before = await read_tables()
        found = {}
        for query, variables in documents.values():
            if "file" in variables["input"]:
                variables["input"]["file"] = ReceivedFile.from_bytes(variables["input"]["file"])
            context = Context(settings, Bearer(me, session.session_id), subscriber="", base_url="")
            operation, codes = await execute(query, variables, context)
            found[operation] = codes
        assert found == {name: [REFUSED_BEFORE.get(name, "SESSION_ENDED")] for name in MUTATIONS}
        assert await read_tables() == before
        storage.close_storage()
        await cache.close_cache()


RENAME = "mutation($i: PersonEditInput!) { personEdit(input: $i) { errors { code } } }"
CREATE = "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) { errors { code } } }"


@pytest.mark.on_servers
async def test_calls_during_an_open_erasure_are_refused(place):
    leader = await place.found_community()
    one = await place.resident(leader, "小李")
    me = (await list_rows("person"))[-1]["id"]
    keyed = {"communityId": place.id, "idempotencyKey": new_key()}
    calls = [
        (RENAME, {"nickname": "还是我"}),
        (CREATE, {**keyed, "kind": "RECIPE", "draft": True, "content": {"title": "我的", "text": "我的地址"}}),
    ]
    started, finished = asyncio.Event(), asyncio.Event()

    async def wait(subject, content):
        started.set()
        await finished.wait()

    row = await erasures.request(IMMEDIATE, me, content=ErasureContent.REMOVE)
    erasing = asyncio.create_task(erasures.execute([*PARTS, Part(room="last", erase=wait)], row.id))
    await started.wait()
    late = [asyncio.create_task(one.ask(query, i=given)) for query, given in calls]
    await until_blocked(len(late))
    finished.set()
    assert await erasing
    for call in late:
        ((payload,),) = [(await call).values()]
        assert [error["code"] for error in payload["errors"]] == ["SESSION_ENDED"]
    assert await list_rows("submission") == []
    assert await list_rows("idempotency_record") == [
        record for record in await list_rows("idempotency_record") if record["person_id"] != me
    ]
    assert (await queries.find_person(me)).nickname == "已注销"


async def test_upload_during_an_erasure_keeps_nothing(place):
    leader = await place.found_community()
    one = await place.resident(leader, "小李")
    me = (await list_rows("person"))[-1]["id"]
    whole = (
        b'--b\r\nContent-Disposition: form-data; name="altText"\r\n\r\nmy kitchen\r\n'
        b'--b\r\nContent-Disposition: form-data; name="idempotencyKey"\r\n\r\nmy-key\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        + make_photo()
        + b"\r\n--b--\r\n"
    )

    async def send_slowly():
        yield whole[:200]
        row = await erasures.request(IMMEDIATE, me, content=ErasureContent.REMOVE)
        await privacy.erase(row.id)
        yield whole[200:]

    headers = {"Authorization": f"Bearer {one.token}", "Content-Type": "multipart/form-data; boundary=b"}
    response = await one.client.post("/upload", content=send_slowly(), headers=headers)
    assert response.json() == {
        "media": None,
        "errors": [
            {
                "code": "SESSION_ENDED",
                "message": "会话已结束。请重新登录。",
                "path": [],
                "retryAt": None,
                "min": None,
                "max": None,
                "actual": None,
            }
        ],
    }
    assert [row for row in await list_rows("media") if row["person_id"] == me] == []
