"""Stored texts in a new form, on append-only tables too."""

from __future__ import annotations

import pytest
from tortoise.exceptions import BaseORMException

from community.communities.queries import CommunityRow, list_all_communities
from community.database import use_database
from community.kernel import db
from community.kernel.migrate import migrate
from community.kernel.schema_drift import list_drift
from community.submissions.queries import RevisionRow, get_revisions_by_ids
from tests.kernel.schema import migrations, populate
from tests.kernel.test_migrate import release  # noqa: F401 - a fixture
from tests.support.story import list_rows

BEFORE = next(place for place, name in enumerate(migrations()) if name.endswith("_text_keys"))


@pytest.fixture
async def earlier(bare_settings, release):  # noqa: F811
    """An open database of the release before, with a row in each table."""
    async with use_database(bare_settings):
        release(migrations()[:BEFORE])
        await migrate()
        await populate()
        yield
        assert await list_drift() == []


async def upgrade(release) -> None:  # noqa: F811
    release(migrations())
    await migrate()


async def insert_tag(tag: str, position: int) -> None:
    await db.execute(
        "INSERT INTO revision_tag (community_id, revision_id, position, tag)"
        " SELECT community_id, id, $2, $1 FROM submission_revision ORDER BY id LIMIT 1",
        tag, position,
    )  # fmt: skip


async def test_tags_that_look_the_same_become_one(earlier, release):  # noqa: F811
    await insert_tag("家常菜", 10)
    await insert_tag("家常菜\ufe0f", 11)
    await insert_tag("ﬁsh\u034f", 12)
    await upgrade(release)
    tags = [row["tag"] for row in await list_rows("revision_tag") if row["position"] >= 10]
    assert tags == ["家常菜", "fish"]


async def test_blanks_in_stored_tags_are_removed(bare_settings, release):  # noqa: F811
    async with use_database(bare_settings):
        release([name for name in migrations() if name < "0022"])
        await migrate()
        await populate()
        await insert_tag("家常菜", 10)
        await insert_tag("家常菜\U00016fe4", 11)
        await insert_tag("面\u2800", 12)
        await upgrade(release)
        tags = [row["tag"] for row in await list_rows("revision_tag") if row["position"] >= 10]
        assert tags == ["家常菜", "面"]


async def test_rewritten_table_is_append_only_again(earlier, release):  # noqa: F811
    await insert_tag("家常菜\ufe0f", 10)
    await upgrade(release)
    for forbidden in ("UPDATE revision_tag SET tag = 'x'", "DELETE FROM revision_tag"):
        with pytest.raises(BaseORMException):
            await db.client().execute_query(forbidden)


async def test_references_that_look_the_same_stay_apart(earlier, release):  # noqa: F811
    await db.execute(
        "INSERT INTO interaction (community_id, service_token_id, kind, reference, membership_id, occurred_at, outcome,"
        " created_at) SELECT community_id, service_token_id, 'PICK_UP', r.reference, membership_id, occurred_at,"
        " outcome, created_at FROM interaction,"
        " (SELECT 'A1' AS reference UNION ALL SELECT 'Ａ１' UNION ALL SELECT 'Ｂ2') AS r"
        " WHERE interaction.id = (SELECT min(id) FROM interaction)"
    )
    await upgrade(release)
    rows = [row for row in await list_rows("interaction") if row["kind"] == "PICK_UP"]
    assert {row["reference"].split("〔")[0] for row in rows} >= {"A1", "B2"}
    assert len({row["reference"] for row in rows}) == len(rows)


OLD = "番茄\u202eABC\u2028红"


async def test_old_directions_are_dropped_or_closed(bare_settings, release):  # noqa: F811
    async with use_database(bare_settings):
        release([name for name in migrations() if name < "0025"])
        await migrate()
        await populate()
        for table, column in (("season", "name"), ("person", "ban_reason"), ("community", "name")):
            await db.execute(f"UPDATE {table} SET {column} = $1", OLD)
        await db.execute(
            "INSERT INTO submission_revision (community_id, submission_id, number, title, text, created_at)"
            " SELECT community_id, submission_id, 99, $1, $2, created_at FROM submission_revision WHERE id = 1",
            OLD, f"{OLD}\n二",
        )  # fmt: skip
        await upgrade(release)
        assert {row["name"] for row in await list_rows("season")} == {"番茄ABC 红"}
        assert {row["ban_reason"] for row in await list_rows("person")} == {"番茄ABC 红"}
        # What is sealed stays as it is, and is closed when it is read.
        revision = next(row for row in await list_rows("submission_revision") if row["number"] == 99)
        assert revision["title"] == OLD
        (shown,) = await get_revisions_by_ids([revision["id"]])
        assert (shown.title, shown.text) == ("番茄\u202eABC 红\u202c", "番茄\u202eABC 红\u202c\n二")
        assert {row.name for row in await list_all_communities()} == {"番茄\u202eABC 红\u202c"}
        # Related rows come as JSON, at each level.
        related = db.Related("community", CommunityRow, "FROM community WHERE id = {parent}.community_id")
        around = db.Related("revision", RevisionRow, "FROM submission_revision WHERE number = 99", below=(related,))
        counting = db.Select("SELECT count(*) AS count FROM submission", db.Count).including((around,))
        carried = (await counting.one()).loaded["revision"]
        assert carried == shown
        assert carried.loaded["community"].name == "番茄\u202eABC 红\u202c"
