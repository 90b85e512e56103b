"""The upgrade of what older releases left: tags, keys of refused calls, and returns of purchases."""

from __future__ import annotations

import hashlib

import pytest

from community.database import use_database
from community.kernel import clock, db
from community.kernel.migrate import migrate
from community.points import holds
from community.points.errors import InsufficientPoints
from community.points.idempotent import Source
from community.points.spend import spend
from community.system.invariants import INVARIANTS
from tests.kernel.schema import migrations, populate
from tests.kernel.test_migrate import release  # noqa: F401 - a fixture
from tests.support.story import list_rows

BEFORE = next(place for place, name in enumerate(migrations()) if name.endswith("_old_forms"))
REFUSAL = {"refusal": InsufficientPoints("spend", min=9, actual=1, path=("amount",)).to_json()}


@pytest.fixture
async def earlier(bare_settings, release):  # noqa: F811
    """An open database of the release before, with a row in each table."""
    async with use_database(bare_settings):
        release(migrations()[:BEFORE])
        await migrate()
        await populate()
        yield


async def upgrade(release) -> None:  # noqa: F811
    release(migrations())
    await migrate()


async def insert_record(operation: str, source_key: str, answer) -> None:
    await db.execute(
        "INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)"
        " VALUES (1, 0, $1, $2, 'old', $3, '2026-01-01')",
        operation, hashlib.sha256(source_key.encode()).hexdigest(), answer,
    )  # fmt: skip


async def list_bound_keys() -> set[str]:
    named = {hashlib.sha256(key.encode()).hexdigest(): key for key in ("a", "b", "c", "s:1")}
    return {named[row["key"]] for row in await list_rows("idempotency_record") if row["operation"] == "points"}


async def test_key_of_refused_call_still_refuses_after_upgrade(earlier, release):  # noqa: F811
    await insert_record("points.spend", "a", REFUSAL)
    await insert_record("points.freeze", "a", REFUSAL)
    await upgrade(release)
    with pytest.raises(InsufficientPoints):
        await spend(1, 2, amount=1, source=Source("a"))
    with pytest.raises(InsufficientPoints):
        await holds.freeze(1, 2, amount=1, lasts_s=600, source=Source("a"))


async def test_key_of_granted_call_is_left_to_the_journal(earlier, release):  # noqa: F811
    await insert_record("points.spend", "b", REFUSAL)
    await insert_record("points.freeze", "b", {"answer": {"hold_id": 1}})
    await insert_record("points.refund", "c", REFUSAL)
    if db.dialect() is db.Dialect.POSTGRES:  # A spend in one statement had no record, only its entry in the journal.
        await insert_record("points.freeze", "s:1", REFUSAL)
    await upgrade(release)
    assert await list_bound_keys() == {"c"}


async def test_tag_without_a_letter_is_removed(earlier, release):  # noqa: F811
    before = await list_rows("revision_tag")
    for position, tag in enumerate(("", "-", "家常菜"), 10):
        await db.execute(
            "INSERT INTO revision_tag (community_id, revision_id, position, tag)"
            " SELECT community_id, id, $2, $1 FROM submission_revision ORDER BY id LIMIT 1",
            tag, position,
        )  # fmt: skip
    await upgrade(release)
    assert [row["tag"] for row in await list_rows("revision_tag")] == [*(row["tag"] for row in before), "家常菜"]


async def test_return_of_renamed_purchase_names_that_purchase(earlier, release):  # noqa: F811
    """An earlier migration made two references equal, and gave the later purchase another one."""
    for id_, kind, reference, purchase in (
        (71, "PURCHASE", "P1", None), (72, "PURCHASE", "P1〔72〕", None), (73, "RETURN", "r", "P1"),
    ):  # fmt: skip
        await db.execute(
            "INSERT INTO interaction (id, community_id, service_token_id, kind, reference, membership_id, purchase,"
            " occurred_at, outcome, created_at) VALUES ($1, 1, 1, $2, $3, 2, $4, '2026-01-02', '{}', '2026-01-02')",
            id_, kind, reference, purchase,
        )  # fmt: skip
    for id_, cause, amount, reverses in ((71, "purchase:71", 2, None), (72, "purchase:72", 2, None),
                                         (73, "purchase:72", -2, 72)):  # fmt: skip
        await db.execute(
            "INSERT INTO journal_entry (id, community_id, kind, source_key, explanation, created_at)"
            " VALUES ($1, 1, 'AWARD', $2, '{}', '2026-01-02')",
            id_, f"k{id_}",
        )  # fmt: skip
        await db.execute(
            "INSERT INTO award (id, community_id, membership_id, entry_id, trigger, cause, amount, earned_at,"
            " reverses_id, created_at) VALUES ($1, 1, 2, $1, 'PURCHASE', $2, $3, '2026-01-02', $4, '2026-01-02')",
            id_, cause, amount, reverses,
        )  # fmt: skip
    await upgrade(release)
    (returned,) = [row for row in await list_rows("interaction") if row["kind"] == "RETURN"]
    assert returned["purchase"] == "P1〔72〕"
    (invariant,) = [one for one in INVARIANTS if one.description == "an award for a returned purchase was clawed back"]
    assert await invariant.select_violations().all(0, 100) == []


async def test_refused_nickname_becomes_the_first_one(earlier, release):  # noqa: F811
    """The person 1 of the sample rows leads a community, and 2 does not."""
    nicknames = {1: "王团长", 2: "李團長", 81: "官方客服", 82: "\u3164", 83: "已注销", 84: "阿明", 85: " 小红 "}
    for id_, nickname in nicknames.items():
        erased_at = clock.now() if id_ == 83 else None
        await db.execute(
            "INSERT INTO person (id, nickname, created_at, erased_at) VALUES ($1, $2, '2026-01-01', $3)"
            " ON CONFLICT (id) DO UPDATE SET nickname = $2",
            id_, nickname, erased_at,
        )  # fmt: skip
    await upgrade(release)
    kept = {row["id"]: row["nickname"] for row in await list_rows("person")}
    assert kept == {
        1: "王团长", 2: "新邻居", 81: "新邻居", 82: "新邻居", 83: "已注销", 84: "阿明", 85: "小红"
    }  # fmt: skip
