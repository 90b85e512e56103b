"""Copies of pictures: findings for leaders, blocked pictures, and deletion."""

from __future__ import annotations

import asyncio
import io
from importlib import import_module

import pytest
from PIL import Image, ImageOps

from community.demo.photographs import draw_photographs
from community.kernel import db, outbox
from community.kernel.personal import DataSubject, ErasureContent
from community.media import duplicates, fingerprinting
from community.media import personal as media_personal
from community.media.fingerprints import keys, squares
from community.media.fingerprints.comparison import Likeness
from community.media.fingerprints.hashes import build_question, unpack
from community.review import pictures
from community.review.screening.queries import list_of_submission
from community.safety.facts import Finding, Level, Reason
from community.submissions import removal
from community.submissions.models import SubmissionState
from tests.support.effects import run_all_effects
from tests.support.pictures import create_ready_picture, upload_picture
from tests.support.story import (
    create_community,
    create_draft,
    create_submitted,
    list_rows,
    reload_submission,
    run_concurrently,
)
from workers.execution import run_effect

SIZE = (900, 675)
TABLES = ("picture_fingerprint", "sent_picture", "picture_match")


@pytest.fixture(scope="module")
def photographs():
    return [photograph.data for photograph in draw_photographs(2, SIZE)]


def change_picture(data, make):
    out = io.BytesIO()
    make(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")).save(out, "JPEG", quality=70)
    return out.getvalue()


def cut(image):
    return image.crop((45, 30, 860, 640))


async def send(settings, place, author, data, *, key, create=create_submitted):
    """Send a submission with one picture through every effect."""
    media_id = await upload_picture(author, data=data, key=key)
    row = await create(place, author=author, media_ids=(media_id,))
    await run_all_effects(settings)
    return await reload_submission(row)


async def find(row):
    """Return the findings about the pictures of a sent submission."""
    (findings,) = await pictures.list_findings(await list_of_submission(row.id))
    return findings


@pytest.fixture
async def place(database):
    return await create_community(residents=3)


async def test_copies_are_told_with_the_earlier_picture(database, place, photographs):
    first, second, third = place.residents
    original = await send(database, place, first, photographs[0], key="original")
    await send(database, place, third, photographs[1], key="another")
    copies = {
        Likeness.EXACT: photographs[0],
        Likeness.SAME: change_picture(photographs[0], cut),
        Likeness.MIRRORED: change_picture(photographs[0], ImageOps.mirror),
    }
    for kind, data in copies.items():
        row = await send(database, place, second, data, key=kind.value)
        found = next(one for one in await find(row) if one.other_submission_id == original.id)
        assert (found.kind, found.is_earlier, found.is_own, found.is_blocked) == (kind, True, False, False)
    assert {one.kind for one in await find(original)} == set(copies)
    assert not any(one.is_earlier for one in await find(original))


async def test_own_copy_is_told_as_own(database, place, photographs):
    await send(database, place, place.resident, photographs[0], key="one")
    row = await send(database, place, place.resident, photographs[0], key="two")
    (found,) = await find(row)
    assert (found.kind, found.is_own) == (Likeness.EXACT, True)


async def test_draft_is_not_found(database, place, photographs):
    await send(database, place, place.residents[1], photographs[0], key="draft", create=create_draft)
    assert await find(await send(database, place, place.resident, photographs[0], key="sent")) == []


async def test_other_community_is_not_searched(database, place, photographs):
    await send(database, place, place.resident, photographs[0], key="here")
    other = await create_community()
    assert await find(await send(database, other, other.resident, photographs[0], key="there")) == []


async def test_copies_sent_together_are_found_once(database, place, photographs):
    rows = []
    for author in place.residents[:2]:
        media_id = await upload_picture(author, data=photographs[0], key="same")
        rows.append(await create_submitted(place, author=author, media_ids=(media_id,)))
    for name in ("images.process", "effects.receive_submission"):
        for effect in await outbox.list_pending(name):
            await run_effect(database, effect.name, effect_id=effect.id, attempt=effect.attempt)
    assert await run_concurrently(*(pictures.compare_pictures(row.id) for row in rows)) == [None, None]
    assert [len(await find(row)) for row in rows] == [1, 1]
    assert len(await list_rows("picture_match")) == 1


async def test_withdrawn_picture_is_forgotten(database, place, photographs):
    first = await send(database, place, place.resident, photographs[0], key="one")
    second = await send(database, place, place.residents[1], photographs[0], key="two")
    await removal.withdraw(place.resident, first.id, version=first.version)
    assert await find(second) == []
    await removal.withdraw(place.residents[1], second.id, version=second.version)
    assert {table: await list_rows(table) for table in TABLES} == {table: [] for table in TABLES}
    assert await db.scalar("SELECT count(*) FROM picture_fingerprint_key") == 0


async def test_upgrade_makes_the_same_keys(database, place, photographs):
    await send(database, place, place.resident, photographs[0], key="one")
    select = "SELECT community_id, band, hash, fingerprint_id FROM picture_fingerprint_key ORDER BY band, hash"
    before = await db.client().execute_query_dict(select)
    migration = import_module("community.migrations.0031_picture_keys_with_hashes").Migration
    # The statement that fills the table, without the new table itself.
    statement = migration.operations[0].render_sql(db.client().capabilities.dialect)[-1]
    await db.execute("DELETE FROM picture_fingerprint_key")
    await db.client().execute_query(statement)
    assert await db.client().execute_query_dict(select) == before
    assert len(before) > 20


async def remove_first(settings, place, photographs):
    row = await send(settings, place, place.resident, photographs[0], key="removed")
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    await run_all_effects(settings)


async def test_removed_picture_is_blocked(database, place, photographs):
    await remove_first(database, place, photographs)
    row = await send(database, place, place.residents[1], change_picture(photographs[0], cut), key="again")
    (found,) = await find(row)
    assert (found.kind, found.is_blocked, row.state) == (Likeness.SAME, True, SubmissionState.RETURNED)


async def test_known_picture_reaches_a_leader(database, place, photographs):
    await send(database, place, place.resident, photographs[0], key="one")
    row = await send(database, place, place.residents[1], photographs[0], key="two")
    (screening,) = await list_of_submission(row.id)
    assert Finding(Level.REVIEW, Reason.KNOWN_PICTURE, figures={"number": 1}) in screening.list_findings()


async def fill_band(place, *, change):
    """Add more keys of far pictures than a search reads, in a band near the first one of the last picture."""
    asked = (await list_rows("picture_fingerprint"))[-1]
    search = keys.Search(build_question(squares.read_square(asked["square"]), unpack(asked["hashes"])))
    hashes = [number - (1 << 63) for number in range(duplicates.MAX_FOUND + 1)]
    await db.execute(
        "INSERT INTO picture_fingerprint_key (community_id, band, hash, fingerprint_id) SELECT $1, $2, h.hash,"
        " h.place + 1000000 FROM unnest($3::bigint[]) WITH ORDINALITY AS h (hash, place) WHERE h.place > 0",
        place.id, search.list_own_bands()[0] ^ change, hashes,
    )  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [(0, Reason.UNCOMPARED_PICTURE), (1, Reason.KNOWN_PICTURE)])
async def test_full_band_asks_for_a_leader(database, place, photographs, change, expected):
    await send(database, place, place.resident, photographs[0], key="one")
    author = place.residents[1]
    copy = await create_ready_picture(author, data=change_picture(photographs[0], cut))
    await fill_band(place, change=change)
    row = await create_submitted(place, author=author, media_ids=(copy,))
    await run_all_effects(database)
    (screening,) = await list_of_submission(row.id)
    assert Finding(Level.REVIEW, expected, figures={"number": 1}) in screening.list_findings()
    assert [one["compared_at"] is None for one in await list_rows("sent_picture")] == [False, True]


async def test_many_copies_are_not_all_compared(database, place, photographs):
    sizes = [(600 + 8 * number, 450 + 6 * number) for number in range(12)]
    copies = [change_picture(photographs[0], lambda image, size=size: image.resize(size)) for size in sizes]
    for author, some in zip(place.residents, (copies[:6], copies[6:]), strict=False):
        sent = [await upload_picture(author, data=data, key=str(number)) for number, data in enumerate(some)]
        await create_submitted(place, author=author, media_ids=sent)
        await run_all_effects(database)
    await send(database, place, place.residents[2], photographs[0], key="last")
    assert [one["compared_at"] is None for one in await list_rows("sent_picture")] == [False] * 6 + [True] * 7


async def test_erasure_leaves_only_hashes_of_removed_pictures(database, place, photographs):
    await remove_first(database, place, photographs)
    await send(database, place, place.resident, photographs[1], key="kept")
    subject = DataSubject(place.resident.person_id, (place.resident.id,))
    await media_personal.erase(subject, ErasureContent.REMOVE)
    (left,) = await list_rows("picture_fingerprint")
    assert left["square"] is None
    again = change_picture(photographs[0], lambda image: image.resize((640, 480)))
    (found,) = await find(await send(database, place, place.residents[1], again, key="again"))
    assert (found.kind, found.is_blocked) == (Likeness.SAME, True)


async def list_done():
    return [row["id"] for row in await list_rows("media") if row["fingerprinted_at"] is not None]


async def test_old_pictures_are_fingerprinted_after_an_interruption(database, place, photographs):
    rows = [
        await send(database, place, author, data, key="old")
        for author, data in zip(place.residents, (*photographs, photographs[0]), strict=True)
    ]
    for table in ("picture_match", "sent_picture", "picture_fingerprint_key", "picture_fingerprint"):
        await db.execute(f"DELETE FROM {table}")
    await db.execute("UPDATE media SET fingerprinted_at = NULL")
    interrupted = asyncio.create_task(fingerprinting.fingerprint_missing())
    while not await list_done():
        pass
    interrupted.cancel()
    await asyncio.wait([interrupted])
    done = await list_done()
    assert await fingerprinting.fingerprint_missing() == 3 - len(done)
    assert await fingerprinting.fingerprint_missing() == 0
    await run_all_effects(database)
    assert len(await list_rows("picture_fingerprint")) == 3
    (found,) = await find(rows[2])
    assert (found.kind, found.is_earlier, found.other_submission_id) == (Likeness.EXACT, True, rows[0].id)
