"""Uploads are stored once, used by their owner only, and deleted with their files."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from community.communities.newcomers import LIMITS, Limit, Limited
from community.kernel import clock, db, outbox, storage
from community.kernel.errors import InvalidInput, NotFound, Refusal, TryAgain
from community.kernel.idempotency import KeyReused
from community.kernel.paging import PageRequest
from community.kernel.received import ReceivedFile
from community.media import (
    avatars,
    cleanup,
    images,
    paths,
    processing,
    queries,
    renditions,
    rules,
    texts,
    uploads,
    uses,
)
from community.media.containers import UnusableImage
from community.media.errors import MediaRefused, TooManyUploads, UploadEmpty
from community.media.models import MediaRefusal, MediaState, MediaSubject
from community.texts import Language
from tests.support.effects import run_all_effects
from tests.support.pictures import NOT_A_PHOTO, create_ready_picture, make_photo, upload_picture
from tests.support.story import create_community, list_pending_effects, list_rows, read_tables, run_concurrently
from tests.support.waiting import until_blocked

pytestmark = pytest.mark.usefixtures("database")


def list_files(settings, *parts: str) -> list[Path]:
    folder = Path(urlsplit(settings.media_store).path).joinpath(*parts)
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


async def list_folders(settings, media_id: int) -> set[str]:
    """Return the folders of the store that hold a file of this picture."""
    row = next(row for row in await list_rows("media") if row["id"] == media_id)
    names = {
        paths.build_incoming_path(row["original_name"]),
        paths.build_original_path(row["original_name"]),
        paths.build_profile_path(row["original_name"]),
    }
    names |= {paths.build_rendition_path(row["name"], file) for file in renditions.RENDITION_FORMATS}
    return {name.partition("/")[0] for name in names if await storage.find(name) is not None}


async def test_upload_puts_effect_for_processing(database):
    place = await create_community()
    media_id = await upload_picture(place.resident)
    (row,) = await queries.get_by_ids([media_id])
    assert (row.state, row.person_id, row.is_public, row.width) == (
        MediaState.PROCESSING,
        place.resident.person_id,
        False,
        None,
    )
    assert await list_pending_effects("images.process") == [{"media_id": media_id}]
    assert await list_folders(database, media_id) == {"incoming"}


async def test_same_key_gives_same_picture():
    place = await create_community()
    first = await upload_picture(place.resident, key="k")
    assert await upload_picture(place.resident, key="k") == first
    assert await upload_picture(place.other, key="k") != first
    assert len(await list_pending_effects("images.process")) == 2


async def test_same_key_concurrently_gives_one_picture():
    place = await create_community()
    ids = await asyncio.gather(*(upload_picture(place.resident, key="k") for _ in range(10)))
    assert len(set(ids)) == 1
    assert len(await list_rows("media")) == 1
    assert len(await list_pending_effects("images.process")) == 1


async def test_same_key_with_other_bytes_is_refused():
    place = await create_community()
    await upload_picture(place.resident, 1, key="k")
    before = await read_tables()
    with pytest.raises(KeyReused):
        await upload_picture(place.resident, 2, key="k")
    assert await read_tables() == before


async def test_key_with_another_alt_text_is_refused():
    place = await create_community()
    person_id = place.resident.person_id
    await uploads.receive(person_id, ReceivedFile.from_bytes(make_photo()), key="k", alt_text="窗台")
    with pytest.raises(KeyReused):
        await uploads.receive(person_id, ReceivedFile.from_bytes(make_photo()), key="k", alt_text="阳台")


async def test_key_of_refused_upload_stays_free(monkeypatch):
    place = await create_community()
    with monkeypatch.context() as patch:
        patch.setitem(LIMITS, Limited.UNUSED_PICTURES, Limit(0, 0))
        with pytest.raises(TooManyUploads):
            await upload_picture(place.resident, 1, key="k")
    assert await list_rows("idempotency_record") == []
    assert await upload_picture(place.resident, 2, key="k")


async def test_concurrent_calls_after_removal_give_one_picture():
    place = await create_community()
    first = await create_ready_picture(place.resident, key="k")
    await cleanup.remove_all(place.resident.person_id)
    ids = await asyncio.gather(*(upload_picture(place.resident, key="k") for _ in range(8)))
    assert len(set(ids)) == 1
    assert len(await list_rows("media")) == 2
    assert first not in ids


async def test_interrupted_upload_continues_with_its_key(monkeypatch):
    place = await create_community()

    async def away(name, data):
        raise TryAgain

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", away)
        with pytest.raises(TryAgain):
            await upload_picture(place.resident, key="k")
    (row,) = await list_rows("media")
    assert (row["state"], await list_pending_effects("images.process")) == ("RECEIVING", [])
    assert await queries.find_own(place.resident.person_id, [row["id"]]) == [None]
    assert await upload_picture(place.resident, key="k") == row["id"]
    assert await list_pending_effects("images.process") == [{"media_id": row["id"]}]


async def test_key_is_free_after_removal(database):
    place = await create_community()
    first = await create_ready_picture(place.resident, key="k")
    with clock.at(clock.now() + rules.UNUSED_RETENTION + timedelta(minutes=5)):
        await cleanup.collect_unused()
        second = await upload_picture(place.resident, key="k")
        assert await upload_picture(place.resident, key="k") == second
        await cleanup.remove_all(place.resident.person_id)
        third = await upload_picture(place.resident, 1, key="k")
        await run_all_effects(database)
    assert len({first, second, third}) == 3
    assert [row.state for row in await queries.get_by_ids([first, second, third])] == [
        MediaState.REMOVED, MediaState.REMOVED, MediaState.READY
    ]  # fmt: skip


class Late:
    """A store that delays two files.

    The first file is stored when the second arrives, the second when `through` is set.
    """

    def __init__(self, monkeypatch) -> None:
        self.put = storage.put
        self.waits, self.through = asyncio.Event(), asyncio.Event()
        self.calls = 0
        monkeypatch.setattr(storage, "put", self.late)

    async def late(self, name, data):
        self.calls += 1
        if self.calls == 2:
            self.waits.set()
            await self.through.wait()
        await self.waits.wait()
        await self.put(name, data)


async def start_two_uploads(place, monkeypatch):
    """Start two uploads with one key.

    Return the first one's result, the second one's task, and the event that lets it store its file.
    """
    late = Late(monkeypatch)
    both = [asyncio.create_task(upload_picture(place.resident, key="k")) for _ in range(2)]
    await late.waits.wait()
    (first,), (second,) = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    monkeypatch.setattr(storage, "put", late.put)
    return first.result(), second, late.through


async def test_late_file_of_ready_picture_is_deleted(database, monkeypatch):
    place = await create_community()
    media_id, second, through = await start_two_uploads(place, monkeypatch)
    await run_all_effects(database)
    assert await list_folders(database, media_id) == {"kept", "shown"}
    through.set()
    assert await second == media_id
    await run_all_effects(database)
    assert await list_folders(database, media_id) == {"kept", "shown"}
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.READY


async def test_late_file_of_removed_picture_is_deleted(database, monkeypatch):
    place = await create_community()
    media_id, second, through = await start_two_uploads(place, monkeypatch)
    await cleanup.remove_all(place.resident.person_id)
    await run_all_effects(database)
    through.set()
    await second
    await run_all_effects(database)
    assert await list_folders(database, media_id) == set()


async def test_second_file_during_processing_puts_no_effect(monkeypatch):
    place = await create_community()
    media_id, second, through = await start_two_uploads(place, monkeypatch)
    through.set()
    assert await second == media_id
    assert await list_pending_effects("images.process") == [{"media_id": media_id}]


async def test_unneeded_incoming_file_is_swept_after_an_hour(database):
    place = await create_community()
    waits, done, removed = (
        await upload_picture(place.resident, 1),
        await create_ready_picture(place.resident, 2),
        await create_ready_picture(place.other),
    )
    await cleanup.remove_all(place.other.person_id)
    names = {row["id"]: paths.build_incoming_path(row["original_name"]) for row in await list_rows("media")}
    stray = [names[done], names[removed], paths.build_incoming_path(rules.generate_name())]
    for name in stray:
        await storage.put(name, make_photo())
    await cleanup.sweep_incoming()
    assert [await storage.find(name) for name in stray] == [make_photo()] * 3
    with clock.at(clock.now() + rules.INCOMING_RETENTION + timedelta(minutes=1)):
        await cleanup.sweep_incoming()
        await cleanup.sweep_incoming()
    assert [await storage.find(name) for name in stray] == [None] * 3
    assert await list_folders(database, waits) == {"incoming"}
    assert await list_folders(database, done) == {"kept", "shown"}


@pytest.mark.parametrize("key", ["", "x" * 65, "with space", "钥匙"])
async def test_key_of_other_characters_is_refused(key):
    place = await create_community()
    with pytest.raises(InvalidInput):
        await uploads.receive(place.resident.person_id, ReceivedFile.from_bytes(make_photo()), key=key)
    assert await list_rows("media") == []


async def test_empty_file_or_long_alt_text_is_refused():
    place = await create_community()
    with pytest.raises(UploadEmpty):
        await uploads.receive(place.resident.person_id, ReceivedFile.from_bytes(b""), key="k")
    with pytest.raises(InvalidInput):
        await uploads.receive(
            place.resident.person_id, ReceivedFile.from_bytes(make_photo()), key="k", alt_text="长" * 201
        )
    assert await list_rows("media") == []


async def test_upload_beyond_unused_limit_is_refused(monkeypatch):
    monkeypatch.setitem(LIMITS, Limited.UNUSED_PICTURES, Limit(3, 3))
    place = await create_community()
    ids = [await upload_picture(place.resident, number) for number in range(3)]
    with pytest.raises(TooManyUploads):
        await upload_picture(place.resident, 3)
    await upload_picture(place.other, 3)
    await uses.add(
        place.resident.person_id,
        ids[:1],
        by=uses.MediaConsumer(MediaSubject.AVATAR, place.resident.person_id),
        path=("mediaIds",),
    )
    await upload_picture(place.resident, 3)


async def test_processed_picture_is_ready(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    (row,) = await queries.get_by_ids([media_id])
    assert (row.state, row.width, row.height, row.refusal) == (MediaState.READY, 320, 240, None)
    assert len(row.placeholder) == 28
    assert await list_folders(database, media_id) == {"kept", "shown"}
    await processing.process(media_id)
    assert (await queries.get_by_ids([media_id])) == [row]


async def test_refused_picture_has_reason_and_no_files(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident, data=NOT_A_PHOTO)
    (row,) = await queries.get_by_ids([media_id])
    assert (row.state, row.refusal) == (MediaState.REFUSED, MediaRefusal.NOT_AN_IMAGE)
    assert await list_folders(database, media_id) == set()


async def test_picture_beyond_memory_is_refused(monkeypatch):
    place = await create_community()

    def greedy(_data):
        raise MemoryError

    monkeypatch.setattr(images, "make", greedy)
    media_id = await create_ready_picture(place.resident)
    assert (await queries.get_by_ids([media_id]))[0].refusal is MediaRefusal.TOO_COMPLEX


async def test_picture_is_refused_after_max_attempts(monkeypatch):
    place = await create_community()
    media_id = await upload_picture(place.resident)

    class Died(BaseException):
        pass

    def die(_data):
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(images, "make", die)
        for _ in range(rules.MAX_ATTEMPTS):
            with pytest.raises(Died):
                await processing.process(media_id)
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.PROCESSING
    await processing.process(media_id)
    assert (await queries.get_by_ids([media_id]))[0].refusal is MediaRefusal.TOO_COMPLEX


async def test_store_failure_counts_no_attempt(monkeypatch):
    place = await create_community()
    media_id = await upload_picture(place.resident)
    put = storage.put

    async def away(name, data):
        raise TryAgain

    monkeypatch.setattr(storage, "put", away)
    for _ in range(rules.MAX_ATTEMPTS + 3):
        with pytest.raises(TryAgain):
            await processing.process(media_id)
    monkeypatch.setattr(storage, "put", put)
    await processing.process(media_id)
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.READY


async def test_concurrent_processing_notifies_once():
    place = await create_community()
    media_id = await upload_picture(place.resident)
    await uses.add(
        place.resident.person_id,
        [media_id],
        by=uses.MediaConsumer(MediaSubject.SUBMISSION, 7, place.id),
        path=("mediaIds",),
    )
    await asyncio.gather(*(processing.process(media_id) for _ in range(3)))
    assert await list_pending_effects("effects.receive_submission") == [{"submission_id": 7}]


async def test_picture_removed_during_processing_leaves_no_file(database, monkeypatch):
    place = await create_community()
    media_id = await upload_picture(place.resident)
    make = images.make

    def slow(data):
        made = make(data)
        removals.append(asyncio.get_running_loop().create_task(cleanup.remove_all(place.resident.person_id)))
        return made

    removals: list[asyncio.Task[None]] = []
    monkeypatch.setattr(images, "make", slow)
    await processing.process(media_id)
    await asyncio.gather(*removals)
    await run_all_effects(database)
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.REMOVED
    assert await list_folders(database, media_id) == set()


async def test_use_of_another_persons_picture_is_refused():
    place = await create_community()
    mine, others = await create_ready_picture(place.resident), await create_ready_picture(place.other)
    holder = uses.MediaConsumer(MediaSubject.SUBMISSION, 1, place.id)
    before = await read_tables()
    for media_ids in ([mine, others], [others], [mine, 999]):
        with pytest.raises(NotFound):
            await uses.add(place.resident.person_id, media_ids, by=holder, path=("mediaIds",))
    assert await read_tables() == before
    await uses.add(place.resident.person_id, [mine], by=holder, path=("mediaIds",))
    await uses.add(place.resident.person_id, [mine], by=holder, path=("mediaIds",))
    assert len(await list_rows("media_use")) == 1


async def test_use_of_refused_picture_is_refused():
    place = await create_community()
    media_id = await create_ready_picture(place.resident, data=NOT_A_PHOTO)
    before = await read_tables()
    with pytest.raises(MediaRefused):
        await uses.add(
            place.resident.person_id,
            [media_id],
            by=uses.MediaConsumer(MediaSubject.SUBMISSION, 1, place.id),
            path=("mediaIds",),
        )
    assert await read_tables() == before


async def test_avatar_replaces_the_previous_one():
    place = await create_community()
    person_id = place.resident.person_id
    first, second = await create_ready_picture(place.resident, 1), await create_ready_picture(place.resident, 2)
    await avatars.set_avatar(person_id, first)
    await avatars.set_avatar(person_id, second)
    await avatars.set_avatar(person_id, second)
    (avatar, nothing) = await queries.find_avatars([person_id, place.other.person_id])
    assert (avatar.id, nothing) == (second, None)
    unused = {row["id"] for row in await list_rows("media") if row["unused_since"] is not None}
    assert unused == {first}
    await avatars.set_avatar(person_id, None)
    assert await queries.find_avatars([person_id]) == [None]


async def test_concurrent_avatars_leave_one_in_use():
    place = await create_community()
    person_id = place.resident.person_id
    ids = [await create_ready_picture(place.resident, number) for number in range(3)]
    for _ in range(5):
        answers = await run_concurrently(*(avatars.set_avatar(person_id, media_id) for media_id in ids))
        assert answers == [None] * 3
        (avatar,) = await queries.find_avatars([person_id])
        unused = {row["id"] for row in await list_rows("media") if row["unused_since"] is not None}
        assert unused == set(ids) - {avatar.id}
        await avatars.set_avatar(person_id, None)


async def test_unused_picture_is_removed_after_a_day(database):
    place = await create_community()
    used, unused = await create_ready_picture(place.resident, 1), await create_ready_picture(place.resident, 2)
    await avatars.set_avatar(place.resident.person_id, used)
    with clock.at(clock.now() + rules.UNUSED_RETENTION - timedelta(minutes=5)):
        await cleanup.collect_unused()
        assert await list_pending_effects("effects.discard_media") == []
    with clock.at(clock.now() + rules.UNUSED_RETENTION + timedelta(minutes=5)):
        await cleanup.collect_unused()
        await cleanup.collect_unused()
    assert await list_pending_effects("effects.discard_media") == [{"media_ids": [unused]}]
    await run_all_effects(database)
    assert await list_folders(database, unused) == set()
    assert await list_folders(database, used) == {"kept", "shown"}
    (row,) = [row for row in await list_rows("media") if row["id"] == unused]
    for column in (
        "placeholder",
        "colour",
        "captured_at",
        "camera",
        "alt_text",
        "digest",
    ):
        assert row[column] is None, column


async def test_picture_stays_until_last_use_ends(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    holders = [uses.MediaConsumer(MediaSubject.SUBMISSION, number, place.id) for number in (1, 2)]
    for holder in holders:
        await uses.add(place.resident.person_id, [media_id], by=holder, path=("mediaIds",))
    await uses.release(by=holders[0])
    assert await list_pending_effects("effects.discard_media") == []
    await uses.release(by=holders[1])
    await uses.release(by=holders[1])
    assert await list_pending_effects("effects.discard_media") == [{"media_ids": [media_id]}]
    await run_all_effects(database)
    assert await list_folders(database, media_id) == set()
    with pytest.raises(NotFound):
        await uses.add(place.resident.person_id, [media_id], by=holders[0], path=("mediaIds",))


@asynccontextmanager
async def during_use(member, media_id, holder):
    """Add a use in a transaction that ends once the block's own transaction waits for it."""
    used, end = asyncio.Event(), asyncio.Event()

    @db.transactional
    async def use():
        await uses.add(member.person_id, [media_id], by=holder, path=("mediaIds",))
        used.set()
        await end.wait()

    task = asyncio.create_task(use())
    await used.wait()
    yield
    await until_blocked()
    end.set()
    await task


def build_consumers(place):
    return [uses.MediaConsumer(MediaSubject.SUBMISSION, number, place.id) for number in (1, 2)]


@pytest.mark.parametrize("verb", [uses.release, partial(uses.keep_only, [])])
async def test_picture_released_during_new_use_stays(database, verb):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    first, second = build_consumers(place)
    await uses.add(place.resident.person_id, [media_id], by=first, path=("mediaIds",))
    async with during_use(place.resident, media_id, second):
        letting_go = asyncio.create_task(verb(by=first))
    await letting_go
    (row,) = await list_rows("media")
    assert (row["state"], row["unused_since"]) == ("READY", None)
    assert [use["subject_id"] for use in await list_rows("media_use")] == [2]
    assert await list_pending_effects("effects.discard_media") == []


async def test_picture_collected_during_new_use_stays(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    with clock.at(clock.now() + rules.UNUSED_RETENTION + timedelta(minutes=5)):
        async with during_use(place.resident, media_id, build_consumers(place)[0]):
            collecting = asyncio.create_task(cleanup.collect_unused())
        await collecting
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.READY


async def test_used_picture_is_never_collected(database):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    await uses.add(place.resident.person_id, [media_id], by=build_consumers(place)[0], path=("mediaIds",))
    await db.execute("UPDATE media SET unused_since = $1", clock.now() - timedelta(days=9))
    await cleanup.collect_unused()
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.READY


async def test_removal_of_all_includes_used_pictures(database):
    place = await create_community()
    ids = [
        await create_ready_picture(place.resident, 1),
        await upload_picture(place.resident, 2),
        await create_ready_picture(place.resident, data=NOT_A_PHOTO),
    ]
    other = await create_ready_picture(place.other)
    await avatars.set_avatar(place.resident.person_id, ids[0])
    await cleanup.remove_all(place.resident.person_id)
    await run_all_effects(database)
    for media_id in ids:
        assert await list_folders(database, media_id) == set()
    assert {row.state for row in await queries.get_by_ids(ids)} == {MediaState.REMOVED}
    assert await queries.find_avatars([place.resident.person_id]) == [None]
    assert await list_folders(database, other) == {"kept", "shown"}


async def test_files_are_deleted_after_store_failure(database, monkeypatch):
    place = await create_community()
    media_id = await create_ready_picture(place.resident)
    await cleanup.remove_all(place.resident.person_id)

    async def away(names):
        raise TryAgain

    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", away)
        await run_effects_once(database)
    assert await list_folders(database, media_id) == {"kept", "shown"}
    with clock.at(clock.now() + timedelta(minutes=10)):
        await run_all_effects(database)
    assert await list_folders(database, media_id) == set()


async def run_effects_once(settings) -> None:
    from workers.execution import run_effect

    for effect in await outbox.lease(lease_s=60):
        await run_effect(settings, effect.name, effect_id=effect.id, attempt=effect.attempt)


async def test_uploads_include_originals_and_camera():
    place = await create_community()
    ids = [await create_ready_picture(place.resident, number) for number in range(3)]
    await create_ready_picture(place.other)
    page = await queries.list_uploads(place.resident.person_id, PageRequest(2))
    assert [row.id for row in page.rows] == ids[:2]
    assert page.has_next
    row = page.rows[0]
    assert (row.captured_at, row.camera) == ("2026-10-01T09:30:00+08:00", "Neighbour Phone 12")
    data, kind = await queries.find_original(row)
    assert kind == "image/jpeg"
    assert b"Exif" not in data
    assert images.make(data).width == 320
    rest = await queries.list_uploads(place.resident.person_id, PageRequest(2, page.cursor_of(page.rows[-1])))
    assert [row.id for row in rest.rows] == ids[2:]


async def test_removed_picture_has_no_original():
    place = await create_community()
    await create_ready_picture(place.resident)
    (row,) = (await queries.list_uploads(place.resident.person_id, PageRequest(2))).rows
    await cleanup.remove_all(place.resident.person_id)
    await cleanup.discard([row.id])
    assert await queries.find_original(row) is None
    assert (await queries.list_uploads(place.resident.person_id, PageRequest(2))).rows == []


async def test_each_refusal_has_a_sentence():
    sentences = {reason: texts.translate_refusal(reason, Language.EN) for reason in MediaRefusal}
    assert "50 megapixels" in sentences[MediaRefusal.TOO_MANY_PIXELS]
    assert str(UnusableImage(MediaRefusal.BROKEN)) == "BROKEN"
    assert await db.scalar("SELECT count(*) FROM media") == 0


async def test_file_that_was_not_received_whole_is_refused():
    place = await create_community()
    large, lost, refused = ReceivedFile(10), ReceivedFile(10), ReceivedFile(10, TooManyUploads())
    large.write(b"x" * 11)
    lost.is_lost = True
    for file, code in ((large, "UPLOAD_TOO_LARGE"), (lost, "TRY_AGAIN"), (refused, "TOO_MANY_UPLOADS")):
        with pytest.raises(Refusal) as found:
            await uploads.receive(place.resident.person_id, file, key="k")
        assert found.value.code == code
    assert await list_rows("media") == []
