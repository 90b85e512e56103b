"""Nicknames that could be taken for those of leaders or of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import EllipsisType

from community.accounts import people, person_lock
from community.accounts.rules import DEFAULT_NICKNAME, normalise_nickname
from community.communities import names, rules
from community.communities.queries import find_membership
from community.kernel import db, outbox
from community.kernel.errors import InvalidInput
from community.texts import Language

IMITATION_EFFECT = "effects.notify_imitators"
"""Name of the effect that tells members who look like a new leader."""

CHECKS: list[Callable[[int, str, int | None], Awaitable[InvalidInput | None]]] = []
"""Further checks of a person's nickname, a new one or, with a community, that of a person who joins it.

Packages above add them when they are imported.
"""

_PAGE_SIZE = 1_000


@dataclass(slots=True)
class _NamedMember:
    id: int
    nickname: str


_OWN = db.Select("SELECT nickname AS name FROM person WHERE id = $1", db.Name)
_UNLED = (
    "SELECT own.community_id FROM membership own WHERE own.person_id = $1 AND own.left_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = own.community_id"
    " AND r.membership_id = own.id AND r.role = 'LEADER')"
)
# A leader who is banned or erased does not lead.
_LEADS = db.Select(
    "SELECT m.id FROM membership m JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id"
    " JOIN person p ON p.id = m.person_id WHERE m.person_id = $1 AND m.left_at IS NULL AND r.role = 'LEADER'"
    " AND p.banned_at IS NULL AND p.erased_at IS NULL ORDER BY m.id",
    db.Id,
)
_ALL_LEADERS = db.Select(
    "SELECT m.id FROM membership_role r JOIN membership m ON m.community_id = r.community_id AND m.id = r.membership_id"
    " WHERE r.role = 'LEADER' AND m.left_at IS NULL ORDER BY m.id",
    db.Id,
)
# A leader is not compared with the other leaders.
_LEADERS = db.Select(
    "SELECT DISTINCT p.nickname AS name FROM membership m JOIN membership_role r ON r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'LEADER' JOIN person p ON p.id = m.person_id"
    f" WHERE m.left_at IS NULL AND m.person_id <> $1 AND m.community_id IN"
    f" ({_UNLED})",
    db.Name,
)


# Each page has the members who do not lead. A leader is not compared with the other leaders.
_FOLLOWERS = db.Select(
    f"SELECT {db.columns(_NamedMember, 'm', nickname='p.nickname')} FROM membership m"
    " JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND m.id > $2 AND m.left_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
    f" AND r.membership_id = m.id AND r.role = 'LEADER') ORDER BY m.id LIMIT {_PAGE_SIZE}",
    _NamedMember,
)


async def require_honest(person_id: int, community_id: int) -> None:
    """Raise InvalidInput if the nickname of a person who joined belongs to others.

    These are leaders, and experts of the community.
    """
    nickname = (await _OWN.one(person_id)).name
    mistake = await _find_imitation(person_id, nickname)
    for check in CHECKS:
        mistake = mistake or await check(person_id, nickname, community_id)
    if mistake is not None:
        raise mistake


async def _find_imitation(person_id: int, nickname: str) -> InvalidInput | None:
    """Return the mistake of a nickname that imitates leaders, or None.

    Who leads any community may be called a leader, because a person has one nickname for all. A member may not look
    like a leader of a community that another leads.
    """
    if rules.claims_leadership(nickname) and await _LEADS.first(person_id) is None:
        return InvalidInput("nickname_leader", path=("nickname",))
    if any(rules.imitates(nickname, leader.name) for leader in await _LEADERS.all(person_id)):
        return InvalidInput("nickname_imitates", path=("nickname",))
    return None


@db.transactional
async def edit_person(
    person_id: int,
    *,
    nickname: str | None = None,
    born_on: str | None = None,
    language: Language | EllipsisType | None = ...,
) -> None:
    """Change a person's nickname, date of birth or language, as `people.edit` does.

    Raises what it raises, and InvalidInput for a nickname that imitates a leader or belongs to another expert.
    """
    await person_lock.lock_for_update(person_id)
    imitation = None
    if nickname is not None:
        with suppress(InvalidInput):  # `people.edit` reports it.
            new = normalise_nickname(nickname)
            imitation = await _find_imitation(person_id, new)
            for check in CHECKS:
                imitation = imitation or await check(person_id, new, None)
    await people.edit(person_id, nickname=nickname, born_on=born_on, language=language, mistake=imitation)
    if nickname is not None:
        await names.update_parts(person_id)
        for row in await _LEADS.all(person_id):
            await queue_imitators(row.id)


async def queue_replacement(person_id: int) -> None:
    """Queue the check of a former leader's nickname."""
    await outbox.put("effects.replace_leader_nickname", person_id=person_id)


@db.transactional
async def replace_claim(person_id: int) -> bool:
    """Replace a nickname that only a leader may have. Return True if it was replaced.

    It stays if the person is erased, or leads any community.
    """
    # An edit that read the role before its loss ends first, and is seen.
    if not await person_lock.lock_exclusive_if_exists(person_id):
        return False
    if not rules.claims_leadership((await _OWN.one(person_id)).name) or await _LEADS.first(person_id) is not None:
        return False
    await people.edit(person_id, nickname=DEFAULT_NICKNAME)
    await names.update_parts(person_id)
    return True


async def queue_imitators(membership_id: int) -> None:
    """Queue the notices to members who look like a new or renamed leader."""
    await outbox.put(IMITATION_EFFECT, membership_id=membership_id)


async def list_all_imitators() -> list[int]:
    """Return the ids of the members who look like a leader of their community."""
    found = [await list_imitators(row.id) for row in await _ALL_LEADERS.all()]
    return sorted({membership_id for ids in found for membership_id in ids})


async def list_imitators(membership_id: int) -> list[int]:
    """Return the ids of the other members whose nickname looks like this leader's. Empty if they do not lead."""
    leader = await find_membership(membership_id)
    if leader is None or not rules.can_lead(leader):
        return []
    nickname = (await _OWN.one(leader.person_id)).name
    found: list[int] = []
    last = 0
    while page := await _FOLLOWERS.all(leader.community_id, last):
        found += [row.id for row in page if rules.imitates(row.nickname, nickname)]
        last = page[-1].id
    return found
