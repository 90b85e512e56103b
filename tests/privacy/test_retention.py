"""Deletion after the retention period, and its report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from community.accounts import attempts, people, sessions
from community.accounts.errors import LoginCodeInvalid
from community.accounts.models import Platform
from community.consent import consents, documents, guardians
from community.consent.models import ConsentPurpose
from community.kernel import clock, idempotency, outbox
from community.kernel.ddl import REDACTED
from community.kernel.personal import ErasureContent
from community.privacy import erasures, exports, retention
from community.privacy import service as privacy
from community.safety.platform import checks
from community.safety.platform.answers import PASSED
from community.submissions import removal
from community.texts import Language
from tests.support.backends import make_settings
from tests.support.story import (
    create_community,
    create_person,
    create_published,
    get_revision,
    list_rows,
    reload_submission,
)

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = (DOCS / "privacy.md").read_text(encoding="utf-8")
CHINESE = (DOCS / "privacy.zh.md").read_text(encoding="utf-8")


@pytest.fixture
def here(database, tmp_path):
    return make_settings(
        database_url=database.database_url, redis_url=database.redis_url, archive_folder=str(tmp_path / "exports"),
        erasure_wait_days=0,
    )  # fmt: skip


async def create_one_of_each_kind(settings):
    place = await create_community()
    one = place.resident.person_id
    with pytest.raises(LoginCodeInvalid):
        async with attempts.limit_attempts(settings, "login", "192.0.2.7"):
            raise LoginCodeInvalid
    opened = await sessions.begin(settings, one, Platform.DEVELOPMENT)
    again = await sessions.refresh(settings, (await sessions.refresh(settings, opened.refresh)).refresh)
    await sessions.end(one, session_id=again.session_id)
    child = await create_person()
    await people.edit(child, born_on=f"{clock.now().year - 9}-01-01")
    await guardians.create_guardian_code(settings, child)
    made = await documents.publish(ConsentPurpose.NOTICES, title="题", text="文")
    await consents.give(one, document_id=made.id)
    await consents.withdraw(one, purpose=ConsentPurpose.NOTICES)
    await privacy.export(settings, (await exports.request(one)).id)
    (settings.archives / f"{'x' * 32}.4711.part").touch()
    await privacy.erase((await erasures.request(settings, await create_person(), content=ErasureContent.REMOVE)).id)

    async def nothing():
        return {}

    await idempotency.run_once(idempotency.IdempotencyScope(0, one, "o"), "key", {}, nothing)
    await outbox.mark_done(*(effect.id for effect in await outbox.list_pending("effects.export_personal_data")))
    await checks.record_answer("trace", PASSED)
    row = await create_published(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    return place, row


async def test_nothing_is_taken_away_before_its_time(here):
    await create_one_of_each_kind(here)
    assert set((await retention.run(here)).values()) == {0}


async def test_every_kind_goes_when_its_time_is_over_and_the_report_says_so(here):
    _, row = await create_one_of_each_kind(here)
    ever = dict.fromkeys((kind.name for kind in retention.RETENTION_RULES), 0)
    # Two runs are needed, because a record is deleted only after its archive.
    for days in (1_100, 2_300):
        with clock.at(clock.now() + timedelta(days=days)):
            for name, dropped in (await retention.run(here)).items():
                ever[name] += dropped
    assert [name for name, dropped in ever.items() if not dropped] == []
    told = {kind.name: run.dropped_ever for kind, run in await retention.report()}
    assert told == ever
    assert (await get_revision(await reload_submission(row))).title == REDACTED
    for table in ("login_attempt", "login_session", "refresh_token", "guardianship", "consent", "data_export",
                  "erasure", "idempotency_record"):  # fmt: skip
        assert await list_rows(table) == [], table


async def test_words_that_are_public_never_go(here):
    place = await create_community()
    row = await create_published(place, title="常在")
    with clock.at(clock.now() + timedelta(days=5_000)):
        await retention.run(here)
    assert (await get_revision(row)).title == "常在"


async def test_a_report_before_the_first_run_says_that_nothing_was_looked_through(here):
    assert {run for _, run in await retention.report()} == {None}


@pytest.mark.parametrize("rule", retention.RETENTION_RULES, ids=lambda rule: rule.name)
def test_documents_state_period_and_reason(rule):
    english = ENGLISH.partition("## Retention periods")[2].partition("##")[0].splitlines()
    chinese = CHINESE.partition("## 到期数据的保存期限")[2].partition("##")[0].splitlines()
    place = next(number for number, line in enumerate(english) if line.startswith(f"| {rule.name} "))
    for line, reason in (
        (english[place], rule.get_reason(Language.EN)),
        (chinese[place], rule.get_reason(Language.ZH)),
    ):
        assert f"| {rule.keep_for.days} |" in line or rule.keep_for < retention.DAY
        assert f"| {reason} |" in line
