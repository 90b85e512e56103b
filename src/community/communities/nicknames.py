"""Nicknames that could be taken for those of leaders or of the service."""

from __future__ import annotations

from types import EllipsisType

from community.accounts import people
from community.communities import rules
from community.kernel import db
from community.kernel.errors import InvalidInput
from community.texts import Language

_OWN = db.Select("SELECT nickname AS name FROM person WHERE id = $1", db.Name)
_UNLED = (
    "SELECT own.community_id FROM membership own WHERE own.person_id = $1 AND own.left_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = own.community_id"
    " AND r.membership_id = own.id AND r.role = 'LEADER')"
)
_LEADS = db.Select(
    "SELECT m.id FROM membership m JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id"
    " WHERE m.person_id = $1 AND m.left_at IS NULL AND r.role = 'LEADER' LIMIT 1",
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


async def require_honest(person_id: int) -> None:
    """Raise InvalidInput if a member's nickname imitates leaders.

    Who leads a community may be called a leader. A member may not look like a leader of a community that another leads.
    """
    nickname = (await _OWN.one(person_id)).name
    if rules.claims_leadership(nickname) and await _LEADS.first(person_id) is None:
        raise InvalidInput("nickname_leader", path=("nickname",))
    if any(rules.imitates(nickname, leader.name) for leader in await _LEADERS.all(person_id)):
        raise InvalidInput("nickname_imitates", path=("nickname",))


@db.transactional
async def edit_person(
    person_id: int,
    *,
    nickname: str | None = None,
    born_on: str | None = None,
    language: Language | EllipsisType | None = ...,
) -> None:
    """Change a person's nickname, date of birth or language, as `people.edit` does.

    Raises what it raises, and InvalidInput for a nickname that imitates a leader.
    """
    await people.edit(person_id, nickname=nickname, born_on=born_on, language=language)
    if nickname is not None:
        await require_honest(person_id)
