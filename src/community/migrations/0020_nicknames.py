"""Nicknames that the present rules refuse become the one that each new person gets.

An older release accepted them: names of the service, names without a visible character, and the word for a leader.
"""

from tortoise.migrations.migration import Migration as Base

from community.accounts.rules import DEFAULT_NICKNAME, normalise_nickname
from community.communities.rules import claims_leadership
from community.kernel.errors import InvalidInput
from community.kernel.rewriting import Rewrite, RewrittenColumn

_LEADS = (
    "EXISTS (SELECT 1 FROM membership m JOIN membership_role r ON r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'LEADER' WHERE m.person_id = person.id AND m.left_at IS NULL)"
)


def _keep_accepted(nickname: str) -> str:
    try:
        return normalise_nickname(nickname)
    except InvalidInput:
        return DEFAULT_NICKNAME


def _keep_modest(nickname: str) -> str:
    return DEFAULT_NICKNAME if claims_leadership(nickname) else nickname


class Migration(Base):
    operations = [
        Rewrite(RewrittenColumn("person", "nickname", condition="erased_at IS NULL"), _keep_accepted),
        Rewrite(RewrittenColumn("person", "nickname", condition=f"erased_at IS NULL AND NOT {_LEADS}"), _keep_modest),
    ]
