"""Pictures of comments: copies of earlier ones, and of those that a leader removed or hid."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from community.conversation import editing, ending, visibility
from community.conversation.models import CommentState
from community.conversation.rules import normalise_content
from community.demo.photographs import draw_photographs
from community.kernel import db
from community.media import duplicates
from community.review.models import CaseReason
from community.safety.checks import Screening
from community.safety.facts import Reason, Verdict
from community.submissions import removal
from community.submissions.models import SubmissionState
from tests.support.api import new_key
from tests.support.bank import find_violations
from tests.support.comments import reload_comment, send_comment, settle
from tests.support.effects import run_all_effects
from tests.support.pictures import upload_picture
from tests.support.story import create_community, create_published, create_submitted, list_rows, reload_submission

PHOTOGRAPHS = [photograph.data for photograph in draw_photographs(2, (900, 675))]


def recompress(data):
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


@pytest.fixture
async def place(connected):
    place = await create_community(residents=4)
    await settle(*place.leaders, *place.residents)
    return place


@pytest.fixture
async def post(place):
    return await create_published(place, title="红烧肉")


async def send(settings, author, post, data, *, text="看图"):
    media_id = await upload_picture(author, data=data, key=new_key())
    row = await send_comment(author, post, text, media_id=media_id)
    await run_all_effects(settings)
    return await reload_comment(row)


async def list_pictures():
    return [(row["comment_id"], row["blocked_at"] is not None) for row in await list_rows("comment_picture")]


async def test_new_picture_is_public(connected, place, post):
    row = await send(connected, place.other, post, PHOTOGRAPHS[0])
    other = await send(connected, place.residents[2], post, PHOTOGRAPHS[1])
    assert (row.state, other.state) == (CommentState.PUBLISHED, CommentState.PUBLISHED)
    found = await find_violations()
    del found["a member joined and left as the audit trail says"]  # They were made older.
    assert found == {}


async def test_copy_of_a_comment_waits_for_leader(connected, place, post):
    await send(connected, place.other, post, PHOTOGRAPHS[0])
    row = await send(connected, place.residents[2], post, recompress(PHOTOGRAPHS[0]))
    assert (row.state, row.verdict) == (CommentState.WAITING, Verdict.REVIEW)
    assert {reason["reason"] for reason in await list_rows("case_reason")} >= {CaseReason.PICTURE.value}


async def test_copy_of_a_submission_waits_for_leader(connected, place, post):
    media_id = await upload_picture(place.resident, data=PHOTOGRAPHS[0], key="sent")
    await create_submitted(place, author=place.resident, media_ids=(media_id,))
    await run_all_effects(connected)
    row = await send(connected, place.other, post, recompress(PHOTOGRAPHS[0]))
    assert row.verdict is Verdict.REVIEW


async def test_copy_of_a_removed_submission_is_refused(connected, place, post):
    media_id = await upload_picture(place.resident, data=PHOTOGRAPHS[0], key="sent")
    sent = await create_submitted(place, author=place.resident, media_ids=(media_id,))
    await run_all_effects(connected)
    await removal.remove(place.leader, sent.id, version=(await reload_submission(sent)).version, reason="广告")
    row = await send(connected, place.other, post, recompress(PHOTOGRAPHS[0]))
    assert row.state is CommentState.REFUSED


async def test_copy_of_a_hidden_comment_is_refused(connected, place, post):
    hidden = await send(connected, place.other, post, PHOTOGRAPHS[0])
    await visibility.hide(hidden, by=place.leader, reason="广告")
    assert (await send(connected, place.residents[2], post, recompress(PHOTOGRAPHS[0]))).state is CommentState.REFUSED
    await ending.delete(place.other, hidden.id)
    row = await send(connected, place.other, post, recompress(PHOTOGRAPHS[0]), text="再来")
    assert row.state is CommentState.REFUSED
    assert await list_pictures() == [(hidden.id, True)]


async def submit(settings, place, data, *, key):
    """Send a submission with one picture through every effect, and return its state."""
    media_id = await upload_picture(place.resident, data=data, key=key)
    row = await create_submitted(place, author=place.resident, media_ids=(media_id,), title=key)
    await run_all_effects(settings)
    return (await reload_submission(row)).state


async def test_submission_with_hidden_picture_is_returned(connected, place, post):
    public = await send(connected, place.other, post, PHOTOGRAPHS[0])
    assert await submit(connected, place, PHOTOGRAPHS[1], key="else") is SubmissionState.IN_REVIEW
    await visibility.hide(public, by=place.leader, reason="广告")
    copies = {"exact": PHOTOGRAPHS[0], "near": recompress(PHOTOGRAPHS[0])}
    for key, data in copies.items():
        assert await submit(connected, place, data, key=key) is SubmissionState.RETURNED
        (*_, screening) = await list_rows("screening")
        assert Reason.REMOVED_PICTURE.value in str(screening["findings"])
    await ending.delete(place.other, public.id)
    assert await submit(connected, place, recompress(PHOTOGRAPHS[0]), key="deleted") is SubmissionState.RETURNED


async def test_submission_with_restored_picture_goes_to_leaders(connected, place, post):
    hidden = await send(connected, place.other, post, PHOTOGRAPHS[0])
    await visibility.hide(hidden, by=place.leader, reason="广告")
    await visibility.restore(place.id, hidden.id, by=None)
    assert await submit(connected, place, recompress(PHOTOGRAPHS[0]), key="one") is SubmissionState.IN_REVIEW


async def test_hidden_picture_counts_behind_many_copies(connected, place, post):
    for number in range(duplicates.MAX_COMPARED):
        await submit(connected, place, PHOTOGRAPHS[0], key=f"copy-{number}")
    hidden = await visibility.publish(
        place.id, (await send(connected, place.other, post, PHOTOGRAPHS[0])).id, revision=1
    )
    await visibility.hide(hidden, by=place.leader, reason="广告")
    row = await send(connected, place.residents[2], post, PHOTOGRAPHS[0])
    assert row.state is CommentState.REFUSED
    assert await submit(connected, place, PHOTOGRAPHS[0], key="last") is SubmissionState.RETURNED


async def test_restored_picture_is_no_longer_refused(connected, place, post):
    hidden = await send(connected, place.other, post, PHOTOGRAPHS[0])
    await visibility.hide(hidden, by=place.leader, reason="广告")
    await visibility.restore(place.id, hidden.id, by=None)
    row = await send(connected, place.residents[2], post, recompress(PHOTOGRAPHS[0]))
    assert row.verdict is Verdict.REVIEW


async def test_deleted_comment_leaves_no_picture(connected, place, post):
    row = await send(connected, place.other, post, PHOTOGRAPHS[0])
    await ending.delete(place.other, row.id)
    for table in ("comment_picture", "picture_fingerprint"):
        assert await list_rows(table) == []
    assert await db.scalar("SELECT count(*) FROM picture_fingerprint_key") == 0


async def test_edit_of_the_text_compares_no_picture_again(connected, place, post):
    await send(connected, place.other, post, PHOTOGRAPHS[0])
    row = await send(connected, place.residents[2], post, recompress(PHOTOGRAPHS[0]))
    row = await visibility.publish(place.id, row.id, revision=1)
    (use,) = [one for one in await list_rows("media_use") if one["subject_id"] == row.id]
    content = normalise_content("改过", media_id=use["media_id"])
    passed = Screening(Verdict.PASS, ())
    await editing.edit(place.residents[2], row.id, content=content, found=passed, is_awaited=True)
    await run_all_effects(connected)
    assert (await reload_comment(row)).published_revision == 2


async def test_comment_keeps_pictures_of_a_submission_with_its_number(connected, place, post):
    media_id = await upload_picture(place.resident, data=PHOTOGRAPHS[0], key="sent")
    sent = await create_submitted(place, author=place.resident, media_ids=(media_id,))
    await run_all_effects(connected)
    rows = [await send_comment(place.resident, post, f"第{number}条") for number in range(sent.id - 1)]
    same = await send_comment(place.resident, post, "看图", media_id=media_id)
    assert (same.id, len(rows)) == (sent.id, sent.id - 1)
    await ending.delete(place.resident, same.id)
    assert [row["submission_id"] for row in await list_rows("sent_picture")] == [sent.id]
