"""Somebody who is suspended has the same rights: the operator sees to them."""

from __future__ import annotations

import zipfile

import pytest

from community.identity import people, queries
from community.kernel import audit
from community.kernel.errors import NotFound
from community.kernel.personal import Content
from community.privacy import erasures, on_behalf
from community.privacy import service as privacy
from community.privacy.errors import ErasureStanding
from community.privacy.parts import PARTS
from tests.support.backends import settings_for
from tests.support.story import everything, neighbourhood, person, promised, published

WAITING = settings_for(erasure_wait_days=15)


async def suspended():
    place = await neighbourhood()
    await published(place, title="被停用者写的")
    await people.ban(place.resident.person_id, reason="广告")
    return place.resident.person_id


async def noted(person_id):
    return [(row.action, row.detail) for row in await audit.trail(0, subject="person", subject_id=person_id)]


async def test_everything_about_a_suspended_person_is_written_for_the_operator_to_hand_over(database, tmp_path):
    one = await suspended()
    path = await on_behalf.export(WAITING, one, into=tmp_path / "out")
    assert [path] == list((tmp_path / "out").iterdir())
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name.partition("/")[0] for name in files} == {part.room for part in PARTS}
    assert "被停用者写的" in files["submissions/written-0001.json"]
    assert "广告" in files["identity/person.json"]
    assert await noted(one) == [("person.export", {})]


@pytest.mark.parametrize("content", list(Content))
async def test_a_suspended_person_is_forgotten_after_the_wait_or_at_once(database, content):
    one, two = await suspended(), await person()
    row = await on_behalf.erase(WAITING, one, content=content)
    assert (row.due_at - row.requested_at).days == 15
    assert await promised("effects.erase_person") == []
    with pytest.raises(ErasureStanding):
        await on_behalf.erase(WAITING, one, content=content, at_once=True)
    at_once = await on_behalf.erase(WAITING, two, content=content, at_once=True)
    assert await promised("effects.erase_person") == [{"erasure_id": at_once.id}]
    await privacy.erase(at_once.id)
    assert (await queries.find_person(two)).nickname == people.ERASED
    assert await noted(one) == [("person.erase", {"content": content.value, "at_once": False})]
    assert (await erasures.standing(one)).content is content


async def test_nobody_is_neither_exported_nor_erased(database, tmp_path):
    gone = await person()
    await privacy.erase((await on_behalf.erase(WAITING, gone, content=Content.REMOVE, at_once=True)).id)
    before = await everything()
    for nobody in (gone, 99):
        with pytest.raises(NotFound):
            await on_behalf.export(WAITING, nobody, into=tmp_path / "out")
        with pytest.raises(NotFound):
            await on_behalf.erase(WAITING, nobody, content=Content.REMOVE)
    assert await everything() == before
    assert not (tmp_path / "out").exists()
