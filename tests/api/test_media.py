"""Pictures over the API: upload, URLs, publication and removal."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import timedelta

import pytest
from PIL import Image

from community.api.schema import build_schema
from community.kernel import clock, db, storage
from community.media import paths
from tests.support.api import Caller, new_key, run_api
from tests.support.pictures import NOT_A_PHOTO, make_photo

PREFLIGHT = {"GraphQL-Require-Preflight": "1"}
UPLOAD = """mutation($i: MediaUploadInput!) { mediaUpload(input: $i) {
  media { id state pollAfterMs altText url } errors { code message path } } }"""
OWN_MEDIA = """query($i: [ID!]!) { myMedia(ids: $i) {
  id state refusal reason width height placeholder colour altText pollAfterMs
  jpeg: url(size: WIDE_1080) webp: url(size: SQUARE_200, format: WEBP) } }"""
LATEST = """query($s: ID!) { submission(id: $s) {
  state note published { media { id url } } latest { media { id state url(size: SQUARE_200) } } } }"""
AVATAR = """mutation($i: PersonSetAvatarInput!) { personSetAvatar(input: $i) {
  person { avatar { id state url } } errors { code path } } }"""


@pytest.fixture
async def people(place):
    leader = await place.found_community(public=True)
    return place, leader, await place.resident(leader, "小李"), await place.resident(leader, "阿明")


async def post_upload(caller, data=None, *, part="file", kind="application/octet-stream", **fields):
    """Upload by `POST /upload` as a mini-program does. Return the response."""
    headers = {} if caller.token is None else {"Authorization": f"Bearer {caller.token}"}
    return await caller.client.post(
        "/upload", files={part: ("IMG.jpg", make_photo() if data is None else data, kind)}, data=fields, headers=headers
    )


async def upload(caller, number=0, **fields) -> str:
    answer = (await post_upload(caller, make_photo(number), **fields)).json()
    assert answer["errors"] == []
    return answer["media"]["id"]


async def upload_by_graphql(caller, data, **given):
    operations = {"query": UPLOAD, "variables": {"i": {"file": None, "idempotencyKey": new_key(), **given}}}
    response = await caller.client.post(
        "/graphql",
        data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.i.file"]})},
        files={"0": ("IMG.jpg", data, "image/jpeg")},
        headers=PREFLIGHT | {"Authorization": f"Bearer {caller.token}"},
    )
    assert response.status_code == 200
    return response.json()["data"]["mediaUpload"]


async def run_submission_mutation(place, caller, name, submission_id, **more):
    found = await caller.ask("query($s: ID!) { node(id: $s) { ... on Submission { version } } }", s=submission_id)
    wanted = {
        "idempotencyKey": new_key(),
        "submissionId": submission_id,
        **found["node"],
        **more,
    }
    data = await caller.ask(
        f"mutation($i: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $i) {{ errors {{ code path }} }} }}",
        i=wanted,
    )
    await place.run_effects()
    return data[name]["errors"]


async def test_plain_form_uploads_under_any_name(people):
    place, _, li, _ = people
    answer = await post_upload(li, part="whatever", altText="一碗红烧肉", formId="of the platform")
    assert answer.status_code == 200
    body = answer.json()
    assert body == {"media": {"id": body["media"]["id"], "state": "PROCESSING", "pollAfterMs": 1000}, "errors": []}
    await place.run_effects()
    (media,) = (await li.ask(OWN_MEDIA, i=[body["media"]["id"]]))["myMedia"]
    assert (media["state"], media["width"], media["height"], media["pollAfterMs"]) == ("READY", 320, 240, None)
    assert (media["altText"], media["refusal"], media["reason"]) == ("一碗红烧肉", None, None)


async def test_graphql_uploads_a_picture(people):
    _, _, li, _ = people
    answer = await upload_by_graphql(li, make_photo(), altText="一碗红烧肉")
    assert answer["errors"] == []
    assert answer["media"]["state"] == "PROCESSING"
    assert (answer["media"]["altText"], answer["media"]["url"]) == ("一碗红烧肉", None)


async def test_same_key_returns_same_picture_over_both_routes(people):
    _, _, li, ming = people
    first = (await post_upload(li, idempotencyKey="k")).json()
    assert (await post_upload(li, idempotencyKey="k")).json() == first
    assert (await upload_by_graphql(li, make_photo(), idempotencyKey="k"))["media"]["id"] == first["media"]["id"]
    assert (await post_upload(ming, idempotencyKey="k")).json()["media"]["id"] != first["media"]["id"]
    refused = (await post_upload(li, make_photo(1), idempotencyKey="k")).json()
    assert (refused["media"], refused["errors"][0]["code"]) == (None, "IDEMPOTENCY_KEY_REUSED")
    assert (await upload_by_graphql(li, make_photo(1), idempotencyKey="k"))["errors"][0][
        "code"
    ] == "IDEMPOTENCY_KEY_REUSED"


async def test_ten_concurrent_uploads_are_ten_pictures(people):
    place, _, li, _ = people
    ids = await asyncio.gather(*(upload(li, number) for number in range(10)))
    await place.run_effects()
    assert len(set(ids)) == 10
    found = (await li.ask(OWN_MEDIA, i=ids[:9]))["myMedia"]
    assert [media["state"] for media in found] == ["READY"] * 9
    assert await li.get_error_code(OWN_MEDIA, i=ids) == "INVALID_INPUT"


async def test_upload_without_a_token_is_refused(people):
    place, *_ = people
    for caller in (place.guest, Caller(place.client, "x.y.z")):
        answer = await post_upload(caller, b"x" * 600_000)
        assert (answer.status_code, answer.json()["media"]) == (200, None)
        assert answer.json()["errors"][0]["code"] == "UNAUTHENTICATED"
        assert (await upload_by_graphql(caller, make_photo()))["errors"][0]["code"] == "UNAUTHENTICATED"


async def test_upload_response_is_a_payload_of_media_upload(people):
    place, _, li, _ = people
    types = build_schema()._schema.type_map
    answer = (await post_upload(li)).json()
    assert answer.keys() == types["MediaUploadPayload"].fields.keys()
    assert answer["media"].keys() <= types["Media"].fields.keys()
    refused = (await post_upload(place.guest)).json()
    assert refused["errors"][0].keys() == types["MutationError"].fields.keys()


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content": b"", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "BAD_REQUEST"),
        ({"data": {"altText": "no file"}, "files": {"a": (None, b"x")}}, 400, "BAD_REQUEST"),
    ],
)
async def test_invalid_upload_request_is_refused(people, given, status, code):
    _, _, li, _ = people
    headers = {"Authorization": f"Bearer {li.token}"} | given.get("headers", {})
    answer = await li.client.post("/upload", **given | {"headers": headers})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


async def test_empty_and_large_files_are_refused(people):
    place, _, li, _ = people
    assert (await post_upload(li, b"")).json()["errors"][0]["code"] == "UPLOAD_EMPTY"
    answer = await post_upload(li, b"\xff\xd8\xff" + b"x" * place.settings.upload_limit_bytes)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["path"]) == (200, "UPLOAD_TOO_LARGE", ["file"])
    assert (error["max"], error["actual"]) == (20, 21)


async def test_refused_picture_has_a_reason(people):
    place, _, li, _ = people
    media_id = (await post_upload(li, NOT_A_PHOTO)).json()["media"]["id"]
    await place.run_effects()
    (media,) = (await li.ask(OWN_MEDIA, i=[media_id]))["myMedia"]
    assert (media["state"], media["refusal"], media["jpeg"]) == ("REFUSED", "NOT_AN_IMAGE", None)
    assert media["reason"].startswith("这不是 JPEG")


async def test_picture_is_visible_only_to_its_owner(people):
    _, _, li, ming = people
    media_id = await upload(li)
    node = "query($i: ID!) { node(id: $i) { id ... on Media { state } } }"
    assert (await li.ask(node, i=media_id))["node"]["state"] == "PROCESSING"
    assert (await ming.ask(node, i=media_id))["node"] is None
    assert (await ming.ask(OWN_MEDIA, i=[media_id]))["myMedia"] == [None]
    assert (await ming.ask(AVATAR, i={"mediaId": media_id}))["personSetAvatar"]["errors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("text", [r"\u0000", r"TWVkaWE6MQ\u0000"])
@pytest.mark.parametrize("document", [
    '{ node(id: "%s") { id } }', '{ myMedia(ids: ["%s"]) { id } }',
    'mutation { personSetAvatar(input: {mediaId: "%s"}) { errors { code } } }',
    '{ feed(communityId: "C", tags: ["%s"]) { nodes { id } } }',
])  # fmt: skip
async def test_nul_in_a_document_is_refused(people, document, text):
    """The edge refuses a NUL in variables. An escape in a literal is visible only after parsing."""
    place, _, li, _ = people
    answer = await li.client.post(
        "/graphql",
        json={"query": (document % text).replace('"C"', f'"{place.id}"')},
        headers={"Authorization": f"Bearer {li.token}"},
    )
    assert answer.status_code == 200
    body = answer.json()
    told = [error["extensions"]["code"] for error in body.get("errors", ())]
    told += [error["code"] for error in (body["data"] or {}).get("personSetAvatar", {}).get("errors", ())]
    assert told == ["INVALID_INPUT"]


async def post_and_disconnect(application, path, headers):
    """Post to the application and disconnect in the middle of the body."""

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        return None

    messages = [{"type": "http.request", "body": b"--x\r\n", "more_body": True}]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
             "query_string": b"", "root_path": "", "scheme": "http", "server": ("test", 80), "client": ("test", 1),
             "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}  # fmt: skip
    await application(scope, receive, send)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("known", [True, False])
async def test_disconnect_during_upload_is_no_error(people, caplog, known, kind):
    place, _, li, _ = people
    headers = {"content-type": kind} | ({"authorization": f"Bearer {li.token}"} if known else {})
    await post_and_disconnect(place.client._transport.app, "/upload", headers)
    assert [record for record in caplog.records if record.levelname in {"ERROR", "WARNING"}] == []


async def test_picture_url_works_and_changed_urls_fail(people):
    place, _, li, _ = people
    media_id = await upload(li)
    await place.run_effects()
    (media,) = (await li.ask(OWN_MEDIA, i=[media_id]))["myMedia"]
    for address, form in ((media["jpeg"], "JPEG"), (media["webp"], "WEBP")):
        answer = await place.client.get(address)
        assert answer.status_code == 200
        assert Image.open(io.BytesIO(answer.content)).format == form
        assert answer.headers["content-type"] == f"image/{form.lower()}"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"].startswith("private, max-age=")
        assert b"Exif" not in answer.content
        for known in (answer.headers["etag"], "*"):
            again = await place.client.get(address, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
        part = await place.client.get(address, headers={"Range": "bytes=2-11"})
        assert (part.status_code, part.content) == (206, answer.content[2:12])
        head = await place.client.head(address, headers={"Range": "bytes=2-11"})
        assert (head.status_code, head.headers["content-length"]) == (200, answer.headers["content-length"])
    name = await db.scalar("SELECT name FROM media")
    await storage.delete([paths.build_rendition_path(name, media["jpeg"].rpartition("/")[2])])
    assert (await place.client.get(media["jpeg"], headers={"If-None-Match": "*"})).status_code == 404
    base, ticket, file = media["jpeg"].rsplit("/", 2)
    number, expires, mac = ticket.split(".")
    for wrong in (
        f"{base}/{number}.{int(expires) + 3600}.{mac}/{file}", f"{base}/{int(number) + 1}.{expires}.{mac}/{file}",
        f"{base}/{number}.{expires}.{mac[:-1]}/{file}", f"{base}/{number}.{expires}./{file}", f"{base}/{number}/{file}",
        f"{base}/{ticket}/original.jpg", f"{base}/{ticket}/..%2f..%2fkept", f"{base}/{ticket}/", f"{base}/",
        f"{base}/x.y.z/{file}", f"{base}/{'9' * 30}.{expires}.{mac}/{file}", f"{base}/%ff.%ff.%ff/{file}",
        f"{base}/abc%00/{file}", f"{base}/abc%00.1.1/{file}", f"{base}/{'a' * 21}%00/{file}", f"{base}/%00/{file}",
        f"{base}/{ticket}/200.jpg%00", f"{base}/{ticket}%00/{file}", f"{base}/%ed%a0%80/{file}",
        f"{base.removesuffix('/media')}/exports/%00", f"{base.removesuffix('/media')}/exports/1.9%00.x",
    ):  # fmt: skip
        answer = await place.client.get(wrong)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND"), wrong


async def test_private_url_expires(people):
    place, _, li, _ = people
    media_id = await upload(li)
    await place.run_effects()
    (media,) = (await li.ask(OWN_MEDIA, i=[media_id]))["myMedia"]
    lifetime = timedelta(seconds=place.settings.media_url_lifetime_s)
    with clock.at(clock.now() + lifetime - timedelta(seconds=5)):
        assert (await place.client.get(media["jpeg"])).status_code == 200
    with clock.at(clock.now() + 2 * lifetime + timedelta(seconds=5)):
        assert (await place.client.get(media["jpeg"])).status_code == 404


async def test_published_picture_has_a_permanent_url(people):
    place, leader, li, _ = people
    media_id = await upload(li)
    submission = await place.submit(li, content={"mediaIds": [media_id]})
    waiting = (await li.ask(LATEST, s=submission["id"]))["submission"]
    (private,) = waiting["latest"]["media"]
    assert (waiting["published"], private["state"]) == (None, "READY")
    await place.approve(leader)
    seen = (await place.guest.ask(LATEST, s=submission["id"]))["submission"]
    (public,) = seen["published"]["media"]
    assert "." not in public["url"].rsplit("/", 2)[1]
    answer = await place.client.get(public["url"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=86400")
    # The URL with its name works only while the picture is public.
    assert await run_submission_mutation(place, li, "submissionWithdraw", submission["id"]) == []
    for address in (public["url"], private["url"]):
        assert (await place.client.get(address)).status_code == 404


async def test_public_url_ends_with_the_publication(people):
    place, leader, li, _ = people
    media_id = await upload(li)
    submission = await place.submit(li, content={"mediaIds": [media_id]})
    await place.approve(leader)
    seen = (await li.ask(LATEST, s=submission["id"]))["submission"]
    other = await upload(li, 1)
    assert await run_submission_mutation(place, li, "submissionEdit", submission["id"],
                      content={"title": "新", "text": "新", "mediaIds": [other]}) == []  # fmt: skip
    await place.approve(leader)
    assert (await place.client.get(seen["published"]["media"][0]["url"])).status_code == 404


async def test_public_pictures_use_the_cdn(settings):
    told = {"media_public_url": "https://cdn.example.cn/m/{path}", "public_url": "https://api.example.cn"}
    async with run_api(settings.model_copy(update=told)) as elsewhere:
        leader = await elsewhere.found_community(public=True)
        li = await elsewhere.resident(leader, "小李")
        media_id = await upload(li)
        submission = await elsewhere.submit(li, content={"mediaIds": [media_id]})
        (media,) = (await li.ask(OWN_MEDIA, i=[media_id]))["myMedia"]
        assert media["jpeg"].startswith("https://api.example.cn/media/")
        await elsewhere.approve(leader)
        seen = (await li.ask(LATEST, s=submission["id"]))["submission"]
        assert seen["published"]["media"][0]["url"].startswith("https://cdn.example.cn/m/")
        path = seen["published"]["media"][0]["url"].removeprefix("https://cdn.example.cn/m/")
        assert (await elsewhere.client.get(f"/media/{path}")).status_code == 200


async def test_refused_picture_returns_the_submission_with_reason(people):
    place, _, li, _ = people
    bad = (await post_upload(li, NOT_A_PHOTO)).json()["media"]["id"]
    submission = await place.submit(li, content={"mediaIds": [await upload(li), bad]})
    seen = (await li.ask(LATEST, s=submission["id"]))["submission"]
    assert (seen["state"], seen["note"].startswith("第 2 张图片：")) == ("RETURNED", True)
    errors = await run_submission_mutation(
        place, li, "submissionEdit", submission["id"], content={"title": "a", "text": "b", "mediaIds": [bad]}
    )
    assert errors == [{"code": "MEDIA_REFUSED", "path": ["content", "mediaIds"]}]


async def test_submission_takes_nine_own_pictures(people):
    place, _, li, ming = people
    create = "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i) { errors { code path } } }"
    foreign, ids = await upload(ming), [await upload(li, number) for number in range(10)]
    refused = (([foreign], "NOT_FOUND", []), (ids, "INVALID_INPUT", []), ([place.id], "INVALID_INPUT", ["0"]))
    for wrong, code, place_in_list in refused:
        given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "PHOTOGRAPH",
                 "content": {"title": "a", "text": "b", "mediaIds": wrong}}  # fmt: skip
        assert (await li.ask(create, i=given))["submissionCreate"]["errors"] == [
            {"code": code, "path": ["content", "mediaIds", *place_in_list]}
        ]
    assert (await li.ask("query($c: ID!) { mySubmissions(communityId: $c) { nodes { id } } }", c=place.id)) == {
        "mySubmissions": {"nodes": []}
    }


async def test_avatar_is_visible_to_others_when_ready(people):
    place, _, li, ming = people
    author = "query($c: ID!) { feed(communityId: $c) { nodes { author { person { avatar { id url } } } } } }"
    leader = people[1]
    await place.publish(li, leader)
    media_id = await upload(li)
    set_to = (await li.ask(AVATAR, i={"mediaId": media_id}))["personSetAvatar"]
    assert (set_to["errors"], set_to["person"]["avatar"]["state"]) == ([], "PROCESSING")
    assert (await ming.ask(author, c=place.id))["feed"]["nodes"][0]["author"]["person"]["avatar"] is None
    await place.run_effects()
    (node,) = (await ming.ask(author, c=place.id))["feed"]["nodes"]
    avatar = node["author"]["person"]["avatar"]
    assert avatar["id"] == media_id
    assert (await place.client.get(avatar["url"])).headers["cache-control"].startswith("private")
    assert (await li.ask(AVATAR, i={}))["personSetAvatar"]["person"]["avatar"] is None
