"""Tables of communities, memberships, roles, invitations and service tokens."""

from __future__ import annotations

from enum import Enum, StrEnum

from community.accounts.models import Person
from community.communities.settings import SETTINGS
from community.kernel.tables import Check, Index, Table, Unique, declare_redactions, fields, one_of


class Role(StrEnum):
    """What a member is besides a resident, in one community."""

    LEADER = "LEADER"
    EXPERT = "EXPERT"


class ServiceScope(StrEnum):
    """What a service token is good for."""

    REPORT_INTERACTIONS = "REPORT_INTERACTIONS"
    MOVE_POINTS = "MOVE_POINTS"


class SettingColumns:
    """A column for each setting of a community."""


_COLUMN_TYPES = {bool: fields.BooleanField, int: fields.BigIntField}
for _setting in SETTINGS.values():
    setattr(SettingColumns, _setting.name, _COLUMN_TYPES.get(_setting.kind, fields.TextField)())


class Community(Table, SettingColumns):
    """A neighbourhood. Its days and periods begin in its own time zone."""

    version = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        """Constraints: a name of 1 to 40 characters, and a known value of each enumeration."""

        table = "community"
        constraints = (
            Check("length(name) BETWEEN 1 AND 40", "community_name"),
            *(
                Check(one_of(setting.name, setting.kind), f"community_{setting.name}")
                for setting in SETTINGS.values()
                if issubclass(setting.kind, Enum)
            ),
        )


class Membership(Table):
    """A person in a community: everything there belongs to the membership, not to the person.

    Whoever has left keeps the row, for what they made; they come back to the same one.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    joined_at = fields.DatetimeField()
    invited_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="invited_by"
    )
    left_at = fields.DatetimeField(null=True)

    class Meta:
        """A person joins once."""

        table = "membership"
        constraints = (Unique(("community_id", "person_id"), "membership_once"),)
        indexes = (Index(fields=("person_id", "id"), name="membership_person"),)


class MembershipRole(Table):
    """A role that a member has; a resident without a role has no row."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    role = fields.TextField()
    granted_at = fields.DatetimeField()

    class Meta:
        """A role is had once."""

        table = "membership_role"
        constraints = (
            Unique(("community_id", "membership_id", "role"), "membership_role_once"),
            Check(one_of("role", Role), "membership_role_role"),
        )


class Invitation(Table):
    """A code that lets people join, and may give them a role. Found by its code alone: who holds it knows no more."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    code = fields.TextField()
    role = fields.TextField(null=True)
    created_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="created_by"
    )
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    most_uses = fields.BigIntField()
    uses = fields.BigIntField()

    class Meta:
        """Used at most as often as it says."""

        table = "invitation"
        constraints = (
            Unique(("code",), "invitation_code"),
            Check(one_of("role", Role), "invitation_role"),
            Check("uses BETWEEN 0 AND most_uses", "invitation_uses"),
        )
        indexes = (Index(fields=("community_id", "id"), name="invitation_community"),)


class ServiceToken(Table):
    """What the ordering system shows instead of a person. Only a digest of it is kept; who lost it makes another."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    name = fields.TextField()
    digest = fields.TextField()
    scopes: fields.Field[list[str]] = fields.JSONField()
    created_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="created_by"
    )
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by its digest."""

        table = "service_token"
        constraints = (
            Unique(("digest",), "service_token_digest"),
            Check("length(name) BETWEEN 1 AND 40", "service_token_name"),
        )
        indexes = (Index(fields=("community_id", "id"), name="service_token_community"),)


class CommunityChange(Table):
    """What one edit of a community's profile and settings changed, as name and new value; the first is its founding."""

    append_only = True
    redacts = declare_redactions(changes="'{}'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    version = fields.BigIntField()
    changed_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="changed_by"
    )
    changes: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """Numbered as the community's versions are."""

        table = "community_change"
        constraints = (Unique(("community_id", "version"), "community_change_version"),)
