"""Sentences follow the language of the request, with their figures as numbers."""

from __future__ import annotations

import pytest

from community.api import ids
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.texts import Language, translate
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
    headers = {"Accept-Language": language}
    response = await place.client.post("/upload", files={"file": ("a.jpg", b"x", "image/jpeg")}, headers=headers)
    assert response.json()["errors"][0]["message"] == LOGIN[language]


async def test_missing_file_has_language_of_the_header(place):
    response = await place.client.get("/media/none/none.webp", headers={"Accept-Language": "en"})
    assert response.json()["errors"][0]["message"] == "There is no such picture, or it was deleted. Reload the page."


EDIT = "mutation($i: PersonEditInput!) { personEdit(input: $i) { person { language } errors { code } } }"
NOTICE = "query($c: ID!) { notices(communityId: $c) { nodes { text } } }"
NOTE = "query($s: ID!) { node(id: $s) { ... on Submission { state note latest { media { reason } } } } }"
LANGUAGES = {
    "There is no such community, or only its members may read it.": "en",
    "没有此社区，或只有成员可以查看。": "zh",
}


async def set_language(caller, **given):
    return (await caller.ask(EDIT, i=given))["personEdit"]["person"]["language"]


async def find_language(caller, header):
    """Return the language of a refusal."""
    query = "query($c: ID!) { feed(communityId: $c) { nodes { id } } }"
    (error,) = (await send(caller, header, query, c=ids.encode("Community", 2**40)))["errors"]
    return LANGUAGES[error["message"]]


async def test_language_of_the_person_wins_over_the_header(place):
    caller = await place.log_in("阿明")
    assert await find_language(caller, "en") == "en"
    assert await set_language(caller, language="ZH") == "ZH"
    assert await find_language(caller, "en") == "zh"


async def test_language_is_kept_by_other_edits(place):
    caller = await place.log_in("阿明")
    await set_language(caller, language="EN")
    assert await set_language(caller, nickname="小明") == "EN"


async def test_language_of_null_follows_the_header(place):
    caller = await place.log_in("阿明")
    await set_language(caller, language="ZH")
    assert await set_language(caller, language=None) is None
    assert await find_language(caller, "en") == "en"


async def test_language_of_another_person_is_hidden(place):
    leader = await place.found_community()
    await set_language(leader, language="EN")
    caller = await place.resident(leader, "阿明")
    query = "query($m: ID!) { node(id: $m) { ... on Member { person { nickname language } } } }"
    data = await caller.ask(query, m=leader.member_id)
    assert data["node"]["person"] == {"nickname": "王姐", "language": None}


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "您的账户已更正 +5 积分。"), ("en", "Your account was corrected by +5 points.")]
)
async def test_notice_has_its_sentence(place, language, text):
    leader = await place.found_community()
    _, member_id = ids.split(leader.member_id, path="id")
    await notify_member(place.number, member_id, kind=NoticeKind.POINTS_ADJUSTED, key="a", detail={"points": 5})
    data = (await send(leader, language, NOTICE, c=place.id))["data"]
    assert data["notices"]["nodes"] == [{"text": text}]


@pytest.mark.parametrize(("language", "note"), [(Language.ZH, "第 1 张图片：{}"), (Language.EN, "Picture 1: {}")])
async def test_note_about_refused_pictures_is_translated(place, language, note):
    sentence = translate("media_refusal.not_an_image", language)
    author = await place.resident(await place.found_community(), "小李")
    headers = {"Authorization": f"Bearer {author.token}"}
    sent = await place.client.post("/upload", files={"file": ("a.jpg", b"no photo", "image/jpeg")}, headers=headers)
    submission = await place.submit(author, content={"mediaIds": [sent.json()["media"]["id"]]})
    data = (await send(author, language, NOTE, s=submission["id"]))["data"]
    assert data["node"] == {
        "state": "RETURNED",
        "note": note.format(sentence),
        "latest": {"media": [{"reason": sentence}]},
    }
