"""Exports and erasures by the operator for a banned person."""

from __future__ import annotations

import zipfile

import pytest

from community.accounts import people, queries
from community.kernel import audit
from community.kernel.errors import NotFound
from community.kernel.personal import ErasureContent
from community.privacy import erasures, operator_requests
from community.privacy import service as privacy
from community.privacy.errors import ErasurePending
from community.privacy.parts import PARTS
from tests.support.backends import make_settings
from tests.support.story import create_community, create_person, create_published, list_pending_effects, read_tables

WAITING = make_settings(erasure_wait_days=15)


async def create_banned_person():
    place = await create_community()
    await create_published(place, title="被停用者写的")
    await people.ban(place.resident.person_id, reason="广告")
    return place.resident.person_id


async def list_person_events(person_id):
    rows = await audit.list_events(0, subject="person", subject_id=person_id)
    return [(row.action, row.detail) for row in rows if row.action in {"person.export", "person.erase"}]


async def test_everything_about_a_suspended_person_is_written_for_the_operator_to_hand_over(database, tmp_path):
    one = await create_banned_person()
    path = await operator_requests.export(WAITING, one, into=tmp_path / "out")
    assert [path] == list((tmp_path / "out").iterdir())
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name.partition("/")[0] for name in files} == {part.room for part in PARTS}
    assert "被停用者写的" in files["submissions/written-0001.json"]
    assert "广告" in files["accounts/person.json"]
    assert await list_person_events(one) == [("person.export", {})]


@pytest.mark.parametrize("content", list(ErasureContent))
async def test_a_suspended_person_is_forgotten_after_the_wait_or_at_once(database, content):
    one, two = await create_banned_person(), await create_person()
    row = await operator_requests.request_erasure(WAITING, one, content=content)
    assert (row.due_at - row.requested_at).days == 15
    assert await list_pending_effects("effects.erase_person") == []
    with pytest.raises(ErasurePending):
        await operator_requests.request_immediate_erasure(WAITING, one, content=content)
    at_once = await operator_requests.request_immediate_erasure(WAITING, two, content=content)
    assert await list_pending_effects("effects.erase_person") == [{"erasure_id": at_once.id}]
    await privacy.erase(at_once.id)
    assert (await queries.find_person(two)).nickname == people.ERASED_NICKNAME
    assert await list_person_events(one) == [("person.erase", {"content": content.value, "at_once": False})]
    assert (await erasures.find_pending(one)).content is content


async def test_nobody_is_neither_exported_nor_erased(database, tmp_path):
    gone = await create_person()
    await privacy.erase(
        (await operator_requests.request_immediate_erasure(WAITING, gone, content=ErasureContent.REMOVE)).id
    )
    before = await read_tables()
    for nobody in (gone, 99):
        with pytest.raises(NotFound):
            await operator_requests.export(WAITING, nobody, into=tmp_path / "out")
        with pytest.raises(NotFound):
            await operator_requests.request_erasure(WAITING, nobody, content=ErasureContent.REMOVE)
    assert await read_tables() == before
    assert not (tmp_path / "out").exists()
