"""Nicknames of experts, which are shown with their credentials."""

from __future__ import annotations

from dataclasses import dataclass

from community.communities import nicknames, rules
from community.communities.queries import MemberRow, list_all_memberships
from community.kernel import db
from community.kernel.errors import InvalidInput

_PAGE_SIZE = 1_000
_HELD = "c.state IN ('VERIFIED', 'SUSPENDED', 'EXPIRED')"


@dataclass(slots=True)
class _NamedRow:
    id: int
    nickname: str


_EXPERTS = db.Select(
    "SELECT c.membership_id AS id, p.nickname FROM credential c JOIN membership m ON m.id = c.membership_id"
    f" JOIN person p ON p.id = m.person_id WHERE c.community_id = $1 AND c.membership_id > $2 AND {_HELD}"
    f" AND m.left_at IS NULL AND m.person_id <> $3 ORDER BY c.membership_id LIMIT {_PAGE_SIZE}",
    _NamedRow,
)
_HOLDS = db.Select(f"SELECT id FROM credential c WHERE c.membership_id = $1 AND {_HELD} LIMIT 1", db.Id)
_OTHERS = db.Select(
    f"SELECT {db.columns(_NamedRow, 'm', nickname='p.nickname')} FROM membership m JOIN person p ON p.id = m.person_id"
    " WHERE m.community_id = $1 AND m.id > $2 AND m.left_at IS NULL AND m.person_id <> $3"
    f" ORDER BY m.id LIMIT {_PAGE_SIZE}",
    _NamedRow,
)


async def find_mistake(person_id: int, nickname: str, community_id: int | None) -> InvalidInput | None:
    """Return the mistake of a nickname that belongs to another person, or None.

    An expert may not take the name of another member of the community, and no member that of an expert. With a
    community only this one counts.
    """
    for member in await list_all_memberships(person_id):
        if member.left_at is not None or community_id not in {None, member.community_id}:
            continue
        if await _has_alike(_EXPERTS, member, nickname):
            return InvalidInput("nickname_expert", path=("nickname",))
        if await _HOLDS.first(member.id) is not None and await _has_alike(_OTHERS, member, nickname):
            return InvalidInput("nickname_of_member", path=("nickname",))
    return None


async def _has_alike(named: db.Select[_NamedRow], member: MemberRow, nickname: str) -> bool:
    last = 0
    while page := await named.all(member.community_id, last, member.person_id):
        if any(rules.imitates(nickname, other.nickname) for other in page):
            return True
        last = page[-1].id
    return False


nicknames.CHECKS.append(find_mistake)
