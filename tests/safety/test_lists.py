"""Editions of word lists: publishing, loading without a restart, and the operator's commands."""

from __future__ import annotations

import asyncio

import pytest

from community.communities.errors import LeadersOnly
from community.kernel import audit
from community.kernel.errors import Conflict, InvalidInput
from community.kernel.paging import PageRequest
from community.safety import lists, loading
from community.safety.entries import MAX_LEADER_ENTRIES, Word, WordEntries
from community.safety.facts import Level
from community.safety.preview import preview, preview_as_operator
from tests.support.commands import run
from tests.support.story import create_community, list_rows


async def find_words(actor, text: str) -> list[str]:
    found = await preview(actor, text)
    return [text[finding.place.start : finding.place.end] for finding in found.screening.findings]


async def test_edition_counts_without_a_restart(database):
    place = await create_community()
    assert await find_words(place.leader, "阿瓜丸，翻倍盘") == []
    await lists.publish_as_operator(WordEntries((Word("翻倍盘", Level.BLOCK),)))
    first = await lists.publish_as_leader(place.leader, version=0, words=[Word("阿瓜丸")], exceptions=[])
    assert await find_words(place.leader, "阿瓜丸，翻倍盘") == ["翻倍盘", "阿瓜丸"]
    second = await lists.publish_as_leader(place.leader, version=1, words=[], exceptions=["最牛"])
    assert await find_words(place.leader, "阿瓜丸，翻倍盘，最牛") == ["翻倍盘"]
    page = await lists.list_editions(place.leader, PageRequest(10))
    assert [(row.id, row.version, row.word_count) for row in page.rows] == [(second.id, 2, 0), (first.id, 1, 1)]
    (event,) = await audit.list_events(place.id, subject="word_list", subject_id=first.id)
    assert (event.action, event.actor_id, event.detail) == (
        "word_list.publish", place.leader.id, {"version": 1, "words": 1, "exceptions": 0}
    )  # fmt: skip


async def test_words_of_another_community_do_not_count(database):
    place, other = await create_community(), await create_community()
    await lists.publish_as_leader(place.leader, version=0, words=[Word("阿瓜丸")], exceptions=[])
    assert await find_words(other.leader, "阿瓜丸") == []
    assert (await preview_as_operator("阿瓜丸")).screening.findings == []


async def test_concurrent_editions_lose_nothing(database):
    place = await create_community()
    tries = await asyncio.gather(
        *(lists.publish_as_leader(place.leader, version=0, words=[Word(f"阿瓜{n}")], exceptions=[]) for n in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Conflict) for result in tries) == 4
    assert len(await list_rows("word_list")) == 1


@pytest.mark.parametrize(
    ("words", "exceptions", "reason"),
    [
        ([Word("阿瓜丸"), Word("阿 瓜 丸")], [], "word_repeated"),
        ([Word("a")], [], "word_short"),
        ([Word("☆☆")], [], "word_short"),
        ([Word("加v信", by_sound=True)], [], "word_sound"),
        ([Word("阿瓜", by_initials=True)], [], "word_initials"),
        ([], ["好"] * (MAX_LEADER_ENTRIES + 1), "too_many_words"),
    ],
)
async def test_faulty_entries_are_refused(database, words, exceptions, reason):
    place = await create_community()
    with pytest.raises(InvalidInput) as refused:
        await lists.publish_as_leader(place.leader, version=0, words=words, exceptions=exceptions)
    assert refused.value.reason == reason
    assert await list_rows("word_list") == []


async def test_member_reads_and_publishes_no_list(database):
    place = await create_community()
    for call in (
        lists.publish_as_leader(place.resident, version=0, words=[], exceptions=[]),
        lists.find_current(place.resident), lists.list_editions(place.resident, PageRequest(1)),
        lists.find_edition(place.resident, 1), preview(place.resident, "好"),
    ):  # fmt: skip
        with pytest.raises(LeadersOnly):
            await call


async def test_list_is_built_once_for_concurrent_readers(database):
    place = await create_community()
    await lists.publish_as_leader(place.leader, version=0, words=[Word("阿瓜丸")], exceptions=[])
    loaded = await asyncio.gather(*(loading.load_lists(place.id) for _ in range(4)))
    assert len({id(matcher) for (matcher,) in loaded}) == 1


@pytest.mark.on_embedded
def test_import_reports_lines_and_try_shows_findings(tmp_path):
    run("migrate", cwd=tmp_path)
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("阿瓜丸,BLOCK,药品,sound\n坏,LEVEL\n!阿瓜丸子\n", encoding="utf-8-sig")
    second.write_text("笨蛋,MASK\n阿瓜丸\n", encoding="utf-8")
    done = run("words", "import", str(first), str(second), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{first}:2: The level is BLOCK, REVIEW or MASK. Change it.",
        f"{second}:2: repeats {first}:1",
        "Error: nothing was imported: 1 lines are faulty. Correct them, or --skip-faulty",
    ]
    done = run("words", "import", str(first), str(second), "--skip-faulty", cwd=tmp_path)
    assert done.stdout == "edition 1 is published: 2 words, 1 exceptions, 2 lines left out\n"
    done = run("words", "try", "阿刮丸和笨蛋，阿瓜丸子", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "BLOCK",
        "BLOCK LISTED_WORD 0-3 '阿刮丸' category=药品 word=阿瓜丸",
        "MASK LISTED_WORD 4-6 '笨蛋' category=general word=笨蛋",
        "the public sees: 阿刮丸和**，阿瓜丸子",
    ]
