"""The checks of a thing, with the platform's test server over HTTP."""

from __future__ import annotations

import asyncio
import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
import uvicorn
from PIL import Image

from community import app
from community.accounts import platform_ids
from community.accounts import platforms as login_platforms
from community.accounts.errors import PlatformBusy
from community.accounts.models import Platform
from community.api.safety.wechat_push import PATH
from community.demo.platforms import FakeResponse
from community.kernel import clock, db
from community.kernel.personal import DataSubject, ErasureContent
from community.safety import personal
from community.safety.platform import checks
from community.safety.platform.messages import MAX_MESSAGE_BYTES
from community.safety.platform.models import CheckKind, CheckReason, CheckState, PlatformLabel
from community.settings import Settings
from community.system.supervisor import listen
from tests.support.backends import use_platform_servers
from tests.support.pictures import create_ready_picture
from tests.support.story import create_community, list_pending_effects, list_rows
from tests.support.waiting import wait_until

SUBJECT = "revision:7"
TEXT = "/wxa/msg_sec_check"
PICTURE = "/wxa/media_check_async"
BUSY = {"errcode": -1, "errmsg": "system error"}
NAME = "王姐"


def draw_picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Service:
    """The running service, the platform's server, and an author with a login there."""

    settings: Settings
    platforms: object
    place: object

    @property
    def fake(self):
        return self.platforms.wechat.checks

    @property
    def author(self):
        return self.place.resident

    async def log_in(self):
        """Log the author in at the platform, which makes them active there."""
        code = self.platforms.wechat.code(NAME)
        user = await login_platforms.get(self.settings, Platform.WECHAT).exchange_code(code)
        await platform_ids.insert_identity(self.settings, self.author.person_id, Platform.WECHAT, user.subject)

    async def upload(self, colour):
        return await create_ready_picture(self.author, data=draw_picture(colour), key=colour)

    async def start(self, text="小火一小时。", media=(), *, subject=SUBJECT, settings=None):
        return await checks.start(
            settings or self.settings, subject, community_id=self.place.id, author_person_id=self.author.person_id,
            texts={"title": "红烧肉", "text": text}, media=media,
        )  # fmt: skip

    async def wait_for_answers(self, count=1):
        await wait_until(lambda: len(self.fake.answers) == count)

    async def check_picture(self, colour="green", **options):
        """Check a picture and return its result after the answer."""
        self.fake.options = replace(self.fake.options, **options)
        await self.start(media=[await self.upload(colour)])
        await self.wait_for_answers()
        return await self.get_result()

    async def get_result(self):
        """Return the result about the only picture."""
        (row,) = [row for row in await checks.list_results(SUBJECT) if row.kind is CheckKind.MEDIA_CHECK]
        return row


@pytest.fixture
def is_encrypted():
    """True if messages are encrypted, unless the test says otherwise."""
    return True


@pytest.fixture
async def service(settings, platforms, is_encrypted):
    with listen("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        fake = platforms.wechat.checks
        fake.options.is_encrypted = is_encrypted
        given = use_platform_servers(settings, platforms, **fake.build_settings(url))
        if not is_encrypted:
            given = given.model_copy(update={"wechat_callback_key": None})
        fake.callback_url = url + PATH
        server = uvicorn.Server(uvicorn.Config(app.create_app(given), log_config=None, lifespan="on", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await wait_until(lambda: server.started)
        found = Service(given, platforms, await create_community(residents=1))
        await found.log_in()
        yield found
        server.should_exit = True
        await serving


@contextmanager
def later(minutes):
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        yield


def describe(row):
    return row.state, row.verdict, row.reason, row.label


PASSED = (CheckState.ANSWERED, "PASS", None, None)


def ask_leader(reason, state=CheckState.ANSWERED):
    return state, "REVIEW", reason, None


async def test_harmless_text_passes(service):
    (row,) = await service.start()
    assert (row.kind, describe(row)) == (CheckKind.TEXT_CHECK, PASSED)
    assert service.fake.texts == ["红烧肉\n小火一小时。"]


@pytest.mark.parametrize(
    ("word", "verdict", "label"),
    [("发票代开", "BLOCK", PlatformLabel.FRAUD), ("加群领取", "REVIEW", PlatformLabel.ADVERTISEMENT)],
)
async def test_listed_word_has_its_verdict(service, word, verdict, label):
    (row,) = await service.start(f"联系我，{word}。")
    assert describe(row) == (CheckState.ANSWERED, verdict, CheckReason.LABELLED, label)


async def test_word_at_the_end_is_found(service):
    (row,) = await service.start("早" * 4_998 + "发票代开")
    assert row.verdict == "BLOCK"
    assert len(service.fake.texts) == 3


async def test_worst_part_decides(service):
    (row,) = await service.start("加群领取" + "早" * 3_000)
    assert (row.verdict, row.label) == ("REVIEW", PlatformLabel.ADVERTISEMENT)


async def test_repetition_asks_no_second_time(service):
    media = [await service.upload("green")]
    service.fake.options.copies = 0
    first = await service.start(media=media)
    assert await service.start("发票代开", media=media) == first
    assert (service.platforms.calls[TEXT], service.platforms.calls[PICTURE]) == (1, 1)


async def test_author_without_a_platform_login_is_not_checked(service):
    await db.execute("DELETE FROM platform_identity WHERE platform = 'WECHAT'")
    assert await service.start() == []
    assert await list_rows("platform_check") == []


async def test_nothing_is_checked_without_callbacks(service):
    settings = service.settings.model_copy(update={"wechat_callback_token": None})
    assert await service.start(settings=settings) == []
    assert service.platforms.calls[TEXT] == 0


async def test_inactive_author_is_for_a_leader(service):
    service.fake.active_since = dict.fromkeys(service.fake.active_since, -8_000.0)
    rows = await service.start(media=[await service.upload("green")])
    assert [describe(row) for row in rows] == [ask_leader(CheckReason.INACTIVE_AUTHOR)] * 2


async def test_expired_token_is_renewed(service):
    await service.start()
    service.platforms.wechat.replace_token()
    (row,) = await service.start(subject="revision:8")
    assert describe(row) == PASSED


async def test_busy_platform_is_asked_again(service):
    service.platforms.queue_responses(TEXT, FakeResponse(BUSY), FakeResponse(status=502))
    for _ in range(2):
        with pytest.raises(PlatformBusy):
            await service.start()
    (row,) = await service.start()
    assert describe(row) == PASSED


async def test_quota_ends_with_a_leader(service):
    quota = FakeResponse({"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    service.platforms.queue_responses(TEXT, *[quota] * checks.MAX_ATTEMPTS)
    for _ in range(checks.MAX_ATTEMPTS - 1):
        with pytest.raises(PlatformBusy):
            await service.start()
    (row,) = await service.start()
    assert describe(row) == ask_leader(CheckReason.UNREACHABLE, CheckState.LOST)


async def test_other_parts_are_asked_while_one_fails(service):
    service.platforms.queue_responses(TEXT, FakeResponse(BUSY))
    with pytest.raises(PlatformBusy):
        await service.start(media=[await service.upload("green")])
    await service.wait_for_answers()
    assert [row.state for row in await service.start(media=[])] == [CheckState.ANSWERED] * 2


async def test_refused_call_is_for_a_leader(service):
    service.platforms.queue_responses(TEXT, FakeResponse({"errcode": 48001, "errmsg": "api unauthorized"}))
    (row,) = await service.start()
    assert describe(row) == ask_leader(CheckReason.CALL_REFUSED, CheckState.LOST)


@pytest.mark.parametrize("is_encrypted", [True, False])
@pytest.mark.parametrize("is_xml", [True, False])
@pytest.mark.parametrize("odd", [True, False])
async def test_answer_about_a_picture_arrives(service, is_encrypted, is_xml, odd):
    row = await service.check_picture("red", is_xml=is_xml, odd=odd)
    assert describe(row) == (CheckState.ANSWERED, "BLOCK", CheckReason.LABELLED, PlatformLabel.PORNOGRAPHY)
    assert service.fake.answers == [(200, "success")]
    assert await list_pending_effects("effects.conclude_screening") == [{"subject": SUBJECT}]


async def test_address_of_a_picture_expires(service):
    media = [await service.upload("green")]
    service.fake.options.copies = 0
    for number, minutes in enumerate((0, -29, -61)):
        with later(minutes):
            await service.start(media=media, subject=f"revision:{number}")
    async with httpx.AsyncClient() as client:
        statuses = [(await client.get(url)).status_code for url in service.fake.pictures]
    assert statuses == [200, 200, 404]


async def test_address_of_another_picture_cannot_be_guessed(service):
    media_id, other_id = await service.upload("green"), await service.upload("red")
    service.fake.options.copies = 0
    await service.start(media=[media_id])
    (url,) = service.fake.pictures
    async with httpx.AsyncClient() as client:
        answer = await client.get(url.replace(f"/media/{media_id}.", f"/media/{other_id}."))
    assert answer.status_code == 404


async def test_picture_that_cannot_be_fetched_is_for_a_leader(service):
    media = [await service.upload("green")]
    await db.execute("UPDATE media SET state = 'PROCESSING'")
    await service.start(media=media)
    await service.wait_for_answers()
    assert describe(await service.get_result()) == ask_leader(CheckReason.NOT_FETCHED)


@pytest.mark.parametrize(
    "fields", [{"result": {"suggest": "new", "label": 100}}, {"result": None}, {"errcode": -1, "detail": []}]
)
async def test_odd_answer_is_for_a_leader(service, fields):
    assert describe(await service.check_picture(fields=fields)) == ask_leader(CheckReason.ODD_ANSWER)


async def test_answer_before_the_trace_id_counts(service):
    service.fake.options.early = True
    rows = await service.start(media=[await service.upload("red")])
    assert [row.verdict for row in rows] == ["PASS", "BLOCK"]
    assert len(await list_rows("platform_check")) == 2


async def test_trace_id_and_answer_can_meet(service):
    """Both statements begin before the other one has committed."""
    media = [await service.upload("red")]
    for number in range(20):
        service.fake.options.delay_s = number / 2_000
        await service.start("", media=media, subject=f"revision:{number}")
    await service.wait_for_answers(20)
    rows = await list_rows("platform_check")
    assert [row["verdict"] for row in rows if row["kind"] == "MEDIA_CHECK"] == ["BLOCK"] * 20


async def test_repeated_answer_counts_once(service):
    row = await service.check_picture("blue", copies=1)
    (trace_id,) = [stored["trace_id"] for stored in await list_rows("platform_check") if stored["trace_id"]]
    await service.fake.push(trace_id, {"errcode": 0, "result": {"suggest": "pass", "label": 100}})
    assert await service.get_result() == row
    assert len(await list_pending_effects("effects.conclude_screening")) == 1
    assert service.fake.answers == [(200, "success")] * 2


async def test_answer_of_an_unknown_question_has_no_effect(service):
    await service.fake.push("unknown-1", {"errcode": 0, "result": {"suggest": "risky", "label": 20002}})
    assert service.fake.answers == [(200, "success")]
    assert await list_pending_effects("effects.conclude_screening") == []
    assert await checks.list_results(SUBJECT) == []


@pytest.mark.parametrize(
    "fields", [{"trace_id": ""}, {"trace_id": 7}, {"trace_id": "x" * 200}, {"appid": "wx_other"}, {"Event": "other"}]
)
async def test_other_message_is_received_and_ignored(service, fields):
    service.fake.options.fields = fields
    await service.fake.push("trace-1", {"errcode": 0})
    assert service.fake.answers == [(200, "success")]
    assert await list_rows("platform_check") == []


async def test_answer_is_lost_after_thirty_minutes(service):
    service.fake.options.copies = 0
    await service.start(media=[await service.upload("green")])
    await checks.give_up_waiting()
    assert (await service.get_result()).state is CheckState.WAITING
    with later(31):
        await checks.give_up_waiting()
        await checks.give_up_waiting()
    assert describe(await service.get_result()) == ask_leader(CheckReason.NO_ANSWER, CheckState.LOST)
    assert await list_pending_effects("effects.conclude_screening") == [{"subject": SUBJECT}]


async def test_late_answer_counts_after_the_loss(service):
    service.fake.options.copies = 0
    await service.start(media=[await service.upload("green")])
    with later(31):
        await checks.give_up_waiting()
    service.fake.options.copies = 1
    (trace_id,) = [row["trace_id"] for row in await list_rows("platform_check") if row["trace_id"]]
    await service.fake.push(trace_id, {"errcode": 0, "result": {"suggest": "risky", "label": 20006}})
    assert describe(await service.get_result()) == (
        CheckState.ANSWERED, "BLOCK", CheckReason.LABELLED, PlatformLabel.CRIME,
    )  # fmt: skip
    assert len(await list_pending_effects("effects.conclude_screening")) == 2


async def test_platform_verifies_the_address(service):
    assert await service.fake.verify_address()


async def test_message_with_a_wrong_signature_is_refused(service):
    await service.fake.send(b"{}", msg_signature="0" * 40)
    assert service.fake.answers == [(403, "")]


async def test_plain_message_is_refused_in_safe_mode(service):
    service.fake.options.is_encrypted = False
    await service.fake.push("trace-1", {"errcode": 0})
    assert service.fake.answers == [(403, "")]
    assert await list_rows("platform_check") == []


async def test_message_has_a_limited_size(service):
    async with httpx.AsyncClient() as client:
        answer = await client.post(service.fake.callback_url, content=b" " * (MAX_MESSAGE_BYTES + 1))
    assert answer.status_code == 413


async def test_address_is_unknown_without_a_token(place):
    assert (await place.client.get(PATH)).status_code == 404


async def test_erasure_deletes_the_checks(service):
    await service.check_picture("red")
    subject = DataSubject(service.author.person_id, ((service.place.id, service.author.id),))
    await personal.erase(subject, ErasureContent.ANONYMISE)
    assert await list_rows("platform_check") == []


async def test_erased_author_is_not_checked_again(service):
    await db.execute("UPDATE person SET erased_at = $2 WHERE id = $1", service.author.person_id, clock.now())
    assert await service.start() == []


async def test_old_checks_are_deleted(service):
    await service.start()
    assert await checks.delete_old(clock.now() - timedelta(days=1)) == 0
    assert await checks.delete_old(clock.now() + timedelta(days=1)) == 1


async def test_outcomes_are_counted(service):
    service.fake.options.copies = 0
    await service.start("发票代开", media=[await service.upload("green")])
    found = [(row.kind, row.outcome, row.count) for row in await checks.count_newest_by_outcome()]
    assert found == [("MEDIA_CHECK", "WAITING", 1), ("TEXT_CHECK", "BLOCK", 1)]
