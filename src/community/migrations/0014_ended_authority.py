"""Roles of memberships that have ended go, and codes whose makers no longer lead end.

A race with a member who was leaving could leave a role behind.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

_LEADS = (
    "EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id JOIN membership_role r"
    " ON r.community_id = m.community_id AND r.membership_id = m.id AND r.role = 'LEADER'"
    " WHERE m.id = invitation.created_by AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL)"
)

AUTHORITY: tuple[Statement, ...] = (
    (
        "DELETE FROM membership_role WHERE EXISTS (SELECT 1 FROM membership m"
        " WHERE m.id = membership_role.membership_id AND m.left_at IS NOT NULL)"
    ),
    (f"UPDATE invitation SET ended_at = created_at WHERE ended_at IS NULL AND created_by IS NOT NULL AND NOT {_LEADS}"),
)


class Migration(Base):
    operations = [Ddl(*AUTHORITY)]
