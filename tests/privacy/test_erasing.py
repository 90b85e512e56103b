"""Erasure after the waiting period, with either choice, and with balanced books."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from community.accounts import logins, people, sessions
from community.accounts import queries as accounts_queries
from community.accounts.access_tokens import Bearer
from community.accounts.models import Platform
from community.communities import profile, roles
from community.communities import queries as communities_queries
from community.communities.queries import get_members
from community.consent import guardians, phone_binding
from community.kernel import clock, db, outbox
from community.kernel.ddl import REDACTED
from community.kernel.errors import Unauthenticated
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent, Part
from community.leaderboards import service as leaderboards
from community.privacy import archives, erasures, exports, retention
from community.privacy import service as privacy
from community.privacy.errors import ErasurePending, NoErasurePending
from community.privacy.parts import PARTS
from community.review import service as review
from community.scores.periods import PeriodKind
from community.submissions import removal
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.support import bank, boards
from tests.support.backends import make_settings, use_platform_servers
from tests.support.story import (
    create_community,
    create_draft,
    create_in_review,
    create_person,
    create_published,
    edit_submission,
    get_open_case,
    get_revision,
    list_pending_effects,
    list_rows,
    read_tables,
    reload_submission,
    run_concurrently,
    run_effects,
)  # fmt: skip

WAITING = make_settings(erasure_wait_days=15)
NO_WAIT = make_settings(erasure_wait_days=0)
BOTH = pytest.mark.parametrize("content", list(ErasureContent))


async def erase(person_id, content=ErasureContent.REMOVE):
    row = await erasures.request(NO_WAIT, person_id, content=content)
    await privacy.erase(row.id)
    await run_effects()


async def test_nothing_happens_before_the_wait_is_over(database):
    one = await create_person("等等")
    row = await erasures.request(WAITING, one, content=ErasureContent.REMOVE)
    assert row.due_at - row.requested_at == timedelta(days=15)
    before = await read_tables()
    assert await erasures.queue_due() == 0
    await privacy.erase(row.id)
    assert await read_tables() == before
    with clock.at(row.due_at):
        assert await erasures.queue_due() == 1
        assert await erasures.queue_due() == 0
        assert await list_pending_effects("effects.erase_person") == [{"erasure_id": row.id}]
        await privacy.erase(row.id)
    assert (await accounts_queries.find_person(one)).nickname == people.ERASED_NICKNAME
    assert await erasures.find_pending(one) is None


async def test_it_can_be_cancelled_in_time_and_asked_for_again(database):
    one = await create_person()
    with pytest.raises(NoErasurePending):
        await erasures.cancel(one)
    row = await erasures.request(WAITING, one, content=ErasureContent.REMOVE)
    with pytest.raises(ErasurePending):
        await erasures.request(WAITING, one, content=ErasureContent.ANONYMISE)
    assert (await erasures.cancel(one)).cancelled_at is not None
    with clock.at(row.due_at):
        assert await erasures.queue_due() == 0
        await privacy.erase(row.id)
    assert (await accounts_queries.find_person(one)).nickname == "阿明"
    assert (await erasures.request(WAITING, one, content=ErasureContent.ANONYMISE)).content is ErasureContent.ANONYMISE


async def test_asking_many_times_at_once_is_one_erasure(database):
    one = await create_person()
    found = await run_concurrently(*(erasures.request(WAITING, one, content=ErasureContent.REMOVE) for _ in range(6)))
    assert sum(isinstance(answer, ErasurePending) for answer in found) == 5
    assert len(await list_rows("erasure")) == 1


async def test_cancelling_and_carrying_out_at_once_is_one_of_the_two(database):
    for _ in range(4):
        one = await create_person("阿明")
        row = await erasures.request(NO_WAIT, one, content=ErasureContent.REMOVE)
        cancelled, _ = await run_concurrently(erasures.cancel(one), privacy.erase(row.id))
        gone = (await accounts_queries.find_person(one)).nickname == people.ERASED_NICKNAME
        assert gone is isinstance(cancelled, NoErasurePending)


async def test_carrying_it_out_again_changes_nothing(database):
    one = await create_person()
    row = await erasures.request(NO_WAIT, one, content=ErasureContent.REMOVE)
    await privacy.erase(row.id)
    before = await read_tables()
    await privacy.erase(row.id)
    assert await read_tables() == before


async def test_one_that_nobody_carries_out_is_counted(database):
    row = await erasures.request(NO_WAIT, await create_person(), content=ErasureContent.REMOVE)
    assert await erasures.count_overdue(clock.now() + timedelta(minutes=1)) == 1
    await privacy.erase(row.id)
    assert await erasures.count_overdue(clock.now() + timedelta(minutes=1)) == 0


async def test_nothing_of_the_person_is_left_in_the_file_or_its_log(database):
    place = await create_community()
    await create_published(place, title="谁也不该再读到", text="每个字都要覆写" * 400)
    row = await erasures.request(NO_WAIT, place.resident.person_id, content=ErasureContent.REMOVE)
    await privacy.erase(row.id)
    assert find_on_disk(database, "谁也不该再读到", "每个字都要覆写") == []


async def test_what_retention_took_away_is_in_neither(database):
    place = await create_community()
    row = await create_published(place, title="过期就走", text="也要覆写" * 400)
    await removal.withdraw(place.resident, row.id, version=row.version)
    with clock.at(clock.now() + timedelta(days=200)):
        await retention.run(database)
    assert find_on_disk(database, "过期就走", "也要覆写") == []


async def test_whoever_reads_meanwhile_hinders_no_erasure(database):
    one = await create_person("读着呢")
    row = await erasures.request(NO_WAIT, one, content=ErasureContent.REMOVE)
    if database.sqlite_path is None:
        await privacy.erase(row.id)
    else:
        await db.execute("PRAGMA busy_timeout = 20")
        with closing(sqlite3.connect(database.sqlite_path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM person").fetchone()
            await privacy.erase(row.id)
            assert not await db.checkpoint_wal()
    assert (await accounts_queries.find_person(one)).nickname == people.ERASED_NICKNAME
    assert await db.checkpoint_wal()
    assert find_on_disk(database, "读着呢") == []


def find_on_disk(settings, *words):
    """Return those of the words that are in SQLite's files, none on PostgreSQL."""
    if settings.sqlite_path is None:
        return []
    files = settings.sqlite_path.parent.glob(f"{settings.sqlite_path.name}*")
    there = b"".join(path.read_bytes() for path in files)
    return [word for word in words if word.encode() in there]


async def test_the_log_is_not_emptied_inside_a_transaction(database):
    with pytest.raises(RuntimeError):
        await db.transaction(db.checkpoint_wal)


@BOTH
async def test_the_books_stay_as_they_are(database, content):
    place = await create_community()
    await create_published(place)
    before = await read_tables("account", "posting", "journal_entry")
    await erase(place.resident.person_id, content)
    after = await read_tables("account", "posting", "journal_entry")
    # Removed content is clawed back. The ledger gets new lines, and no existing line changes.
    grown = content is ErasureContent.REMOVE
    assert (after != before) == grown
    for table in ("posting", "journal_entry"):
        assert after[table][: len(before[table])] == before[table]
    assert await bank.find_violations() == {}


async def test_anonymised_content_stays_under_nobodys_name(database):
    place = await create_community()
    row = await create_published(place, title="留下来", tags=("留下",))
    await erase(place.resident.person_id, ErasureContent.ANONYMISE)
    now = await reload_submission(row)
    assert (now.state, now.published_revision, now.recommended) == (SubmissionState.PUBLISHED, 1, row.recommended)
    assert (await get_revision(now)).title == "留下来"
    assert [tag["tag"] for tag in await list_rows("revision_tag")] == ["留下"]
    (member,) = await get_members([row.author_id])
    assert (await accounts_queries.find_person(member.person_id)).nickname == people.ERASED_NICKNAME
    assert member.left_at is not None


async def test_what_was_not_public_goes_also_when_the_rest_stays(database):
    place = await create_community()
    row = await create_published(place, title="公开的")
    row = await edit_submission(row, place.resident, title="还没公开")
    draft, waiting = await create_draft(place, title="草稿"), await create_in_review(place, title="等审")
    await erase(place.resident.person_id, ErasureContent.ANONYMISE)
    titles = [revision["title"] for revision in await list_rows("submission_revision")]
    assert titles == ["公开的", REDACTED, REDACTED, REDACTED]
    states = [(await reload_submission(one)).state for one in (row, draft, waiting)]
    assert states == [SubmissionState.PUBLISHED, SubmissionState.WITHDRAWN, SubmissionState.WITHDRAWN]
    assert {case["state"] for case in await list_rows("review_case")} == {"DECIDED", "SUPERSEDED"}


async def test_removed_content_is_out_of_the_feed_and_out_of_words(database):
    place = await create_community()
    row = await create_published(place, title="走")
    removed = await create_published(place, title="已下架")
    await removal.remove(place.leader, removed.id, version=removed.version, reason="广告")
    await erase(place.resident.person_id)
    assert [(await reload_submission(one)).state for one in (row, removed)] == [
        SubmissionState.WITHDRAWN,
        SubmissionState.REMOVED,
    ]
    assert {revision["title"] for revision in await list_rows("submission_revision")} == {REDACTED}
    assert all(tag["tag"] == f"〔{tag['id']}〕" for tag in await list_rows("revision_tag"))
    assert (await reload_submission(row)).published_revision is None


@pytest.mark.parametrize(
    ("content", "week_on", "counts"),
    [
        (ErasureContent.ANONYMISE, 0, (2, 2)), (ErasureContent.REMOVE, 0, (1, 1)),
        (ErasureContent.REMOVE, 7, (1, 1)), (ErasureContent.REMOVE, -7, (1, 0)),
    ],
)  # fmt: skip
async def test_erasure_with_removal_ends_counted_likes(database, content, week_on, counts):
    place = await create_community()
    row, now = await create_published(place, author=place.other), clock.now()
    for days, member in sorted([(week_on, place.leader), (0, place.resident)], key=lambda one: one[0]):
        with clock.at(now + timedelta(days=days)):
            await likes.like(member, row.id)
    await erase(place.resident.person_id, content)
    (kept,) = [one for one in await list_rows("submission") if one["id"] == row.id]
    assert (kept["like_count"], kept["week_likes"]) == counts
    assert len(await list_rows("submission_like")) == kept["like_count"]


async def test_amounts_times_and_links_stay(database):
    place = await create_community()
    await create_published(place)
    before = await read_tables()
    await erase(place.resident.person_id)
    after = await read_tables()
    for table in ("submission_revision", "revision_tag", "review_decision", "audit_event", "membership", "submission"):
        kept = {name for name in before[table][0] if name.endswith("_id") or name in ("id", "number", "created_at")}
        assert [{name: row[name] for name in kept} for row in before[table]] == [
            {name: row[name] for name in kept} for row in after[table][: len(before[table])]
        ]


async def test_a_leaders_words_to_others_go_and_their_decisions_stay(database):
    place = await create_community(leaders=2)
    row = await create_in_review(place)
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="我觉得不好")
    other = await create_published(place)
    await removal.remove(place.leader, other.id, version=other.version, reason="我要下架")
    third = await create_in_review(place)
    case = await get_open_case(third)
    await review.reject(place.leaders[1], case.id, version=case.version, reason="别人的理由")
    await erase(place.leader.person_id)
    assert [row["reason"] for row in await list_rows("review_decision")] == [REDACTED, None, "别人的理由"]
    assert [(await reload_submission(one)).note for one in (row, other, third)] == [REDACTED, REDACTED, "别人的理由"]
    assert [(await reload_submission(one)).state for one in (row, other)] == [
        SubmissionState.REJECTED,
        SubmissionState.REMOVED,
    ]


@BOTH
async def test_what_leaders_said_of_the_person_goes_whichever_choice_is_made(database, content):
    place = await create_community()
    for author, words in ((place.resident, "说的是我"), (place.other, "说的是别人")):
        case = await get_open_case(await create_in_review(place, author=author))
        await review.reject(place.leader, case.id, version=case.version, reason=words)
    await erase(place.resident.person_id, content)
    told = [(row["verdict"], row["reason"]) for row in await list_rows("review_decision")]
    assert told == [("REJECTED", REDACTED), ("REJECTED", "说的是别人")]
    assert [row["note"] for row in await list_rows("submission")] == [None, "说的是别人"]


async def test_what_a_leader_wrote_about_the_community_gives_way_to_what_was_there(database):
    place = await create_community(leaders=2)
    one, two = place.leaders

    async def edit(actor, version, **values):
        await profile.edit_community(actor, version=version, edit=values)

    await edit(two, 1, announcement="他人公告", rules="他人规则")
    await edit(one, 2, name="我起的名", announcement="我的公告", description="我的介绍", rules="我的规则")
    await edit(two, 3, rules="又是他人")
    await erase(one.person_id)
    (now,) = await communities_queries.get_communities([place.id])
    assert (now.name, now.announcement, now.description, now.rules) == ("枫林小区", "他人公告", "", "又是他人")
    history = await profile.list_changes(two, PageRequest())
    *edits, founded = [row.changes for row in history.rows]
    assert edits == [{"rules": "又是他人"}, {}, {"announcement": "他人公告", "rules": "他人规则"}]
    assert founded["name"] == "枫林小区"


async def test_the_person_is_out_at_once_and_meets_the_service_as_a_stranger(connected, platforms):
    one = await logins.login(connected, Platform.WECHAT, platforms.wechat.code("忘记我"), nickname="忘记我")
    session = await sessions.begin(connected, one, Platform.WECHAT)
    await phone_binding.bind(connected, one, platforms.wechat.phone_code("13812345678"))
    await erase(one)
    with pytest.raises(Unauthenticated):
        await sessions.require_active(connected, Bearer(one, session.session_id))
    kept = await read_tables(
        "platform_identity", "person_phone", "login_session", "refresh_token", "idempotency_record"
    )
    assert set(map(len, kept.values())) == {0}
    assert await logins.login(connected, Platform.WECHAT, platforms.wechat.code("忘记我")) != one


async def test_no_board_shows_the_person_any_more(database):
    place = await create_community()
    await create_published(place)
    await leaderboards.rebuild_all()
    await erase(place.resident.person_id, ErasureContent.ANONYMISE)
    assert {"person_id": place.resident.person_id} in await list_pending_effects("leaderboards.rebuild_person")
    await leaderboards.queue_person_updates(place.resident.person_id)
    await leaderboards.apply_pending(max_failures=1)
    assert await boards.list_top(place.community, PeriodKind.EVER, first=10) == []


async def test_archives_go_with_the_person(connected, platforms, tmp_path):
    settings = use_platform_servers(connected, platforms, archive_folder=str(tmp_path / "exports"))
    one = await create_person()
    await privacy.export(settings, (await exports.request(one)).id)
    assert len(archives.list_names(settings)) == 1
    await erase(one)
    (effect,) = await outbox.list_pending("effects.drop_archive")
    await privacy.delete_archive(settings, **effect.args)
    await privacy.delete_archive(settings, **effect.args)
    assert archives.list_names(settings) == []
    assert await list_rows("data_export") == []


async def test_the_only_leader_may_be_forgotten_and_the_operator_is_told(database):
    place = await create_community()
    await erase(place.leader.person_id)
    assert await roles.list_leaderless() == [place.id]


async def create_family(place):
    """Make the resident a child whose guardian is the other resident, and return both ids."""
    child, parent = place.resident.person_id, place.other.person_id
    await people.edit(child, born_on=f"{clock.now().year - 10}-01-01")
    await people.edit(parent, born_on="1980-01-01")
    await guardians.confirm_child(NO_WAIT, parent, code=(await guardians.create_guardian_code(NO_WAIT, child)).code)
    return child, parent


@BOTH
async def test_a_child_whose_guardian_is_forgotten_needs_another(database, content):
    place = await create_community()
    child, parent = await create_family(place)
    row = await create_published(place)
    await leaderboards.rebuild_all()
    await erase(parent, content)
    assert await list_rows("guardianship") == []
    assert (await guardians.find_private(child)).needs_guardian
    assert await list_pending_effects("effects.take_back_publications") == [{"person_id": child}]
    assert await removal.withdraw_all(child) == 1
    assert (await reload_submission(row)).state is SubmissionState.WITHDRAWN
    await run_effects()
    await leaderboards.queue_person_updates(child)
    await leaderboards.apply_pending(max_failures=1)
    assert await boards.list_top(place.community, PeriodKind.EVER, first=10) == []


@BOTH
async def test_who_confirmed_for_a_forgotten_child_is_not_kept(database, content):
    child, parent = await create_family(await create_community())
    await erase(child, content)
    assert await list_rows("guardianship") == []
    assert await guardians.list_dependants(parent) == []


async def test_a_failure_in_one_room_forgets_nothing_in_any(database):
    async def broken(subject, content):
        raise RuntimeError

    place = await create_community()
    await create_published(place)
    row = await erasures.request(NO_WAIT, place.resident.person_id, content=ErasureContent.REMOVE)
    before = await read_tables()
    with pytest.raises(RuntimeError):
        await erasures.execute([*PARTS, Part(room="media", erase=broken)], row.id)
    assert await read_tables() == before
    assert await db.scalar("SELECT count(*) FROM erasure WHERE done_at IS NULL") == 1
