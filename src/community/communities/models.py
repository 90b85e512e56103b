"""Tables of communities, memberships, roles, blocks, invitations and service tokens."""

from __future__ import annotations

from enum import Enum, StrEnum

from community.accounts.models import Person
from community.communities.settings import SETTINGS, Editor
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of


class Role(StrEnum):
    """A role of a member in one community. A resident has none."""

    LEADER = "LEADER"
    EXPERT = "EXPERT"


class ServiceScope(StrEnum):
    """A permission of a service token."""

    REPORT_INTERACTIONS = "REPORT_INTERACTIONS"
    MOVE_POINTS = "MOVE_POINTS"


class TokenState(StrEnum):
    """The state of a service token. Only an active one works."""

    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class SettingColumns:
    """A column for each setting of a community."""


_COLUMN_TYPES = {bool: fields.BooleanField, int: fields.BigIntField}
for _setting in SETTINGS.values():
    setattr(SettingColumns, _setting.name, _COLUMN_TYPES.get(_setting.kind, fields.TextField)())


class Community(Table, SettingColumns):
    """A neighbourhood. Its days and periods begin in its own time zone."""

    fixed = (*(name for name, setting in SETTINGS.items() if setting.edited_by is Editor.OPERATOR), "created_at")

    version = fields.BigIntField()
    created_at = fields.DatetimeField()

    # A name of 1 to 40 characters, and a known value of each enumeration.
    constraints = (
        Check("length(name) BETWEEN 1 AND 240", "community_name"),
        *(
            Check(one_of(setting.name, setting.kind), f"community_{setting.name}")
            for setting in SETTINGS.values()
            if issubclass(setting.kind, Enum)
        ),
    )


class Membership(Table):
    """A person in a community. Everything there belongs to the membership, not to the person.

    The row of a member who has left stays for what they made. A person who joins again gets the same row.
    """

    fixed = ("community_id", "person_id")

    community = Community.foreign_key()
    person = Person.foreign_key()
    joined_at = fields.DatetimeField()
    invited_by = Table.foreign_key(to="Membership", null=True)
    left_at = fields.DatetimeField(null=True)

    # One membership for each person in a community.
    constraints = (Unique(("community_id", "person_id"), "membership_once"),)
    indexes = (
        Index(fields=("person_id", "id"), name="membership_person"),
        Index(fields=("community_id", "id"), name="membership_of_community"),
        PartialIndex(fields=("invited_by",), name="membership_inviter", condition="invited_by IS NOT NULL"),
    )


class MembershipRole(Table):
    """A role that a member has. A resident without a role has no row."""

    fixed = ("community_id", "membership_id", "role", "granted_at")
    is_emptied = True

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    role = fields.TextField()
    granted_at = fields.DatetimeField()

    # Each role of a member once, and a known role.
    constraints = (
        Unique(("community_id", "membership_id", "role"), "membership_role_once"),
        Check(one_of("role", Role), "membership_role_role"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="membership_role_member"),
        Index(fields=("community_id", "role", "membership_id"), name="membership_role_holders"),
    )


class MemberNamePart(Table):
    """A part of a member's name, by which the member is found. An erasure deletes it."""

    community = Community.foreign_key()
    part = fields.TextField()
    membership = Membership.foreign_key()

    constraints = (Unique(("community_id", "part", "membership_id"), "member_name_part_once"),)
    indexes = (Index(fields=("membership_id", "id"), name="member_name_part_member"),)


class MemberBlock(Table):
    """A member who does not want to see another one. The row is deleted when the block ends."""

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    blocked = Membership.foreign_key()
    created_at = fields.DatetimeField()

    # One block of each other member, and none of oneself.
    constraints = (
        Unique(("community_id", "membership_id", "blocked_id"), "member_block_once"),
        Check("membership_id <> blocked_id", "member_block_other"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="member_block_of_member"),
        Index(fields=("blocked_id", "id"), name="member_block_of_blocked"),
    )


class Invitation(Table):
    """A code by which persons join. It is found by the code alone.

    `ended_at` is the time of a revocation, or of the moment from which its maker may no longer invite.
    """

    fixed = ("community_id", "code", "role", "created_by", "created_at", "expires_at", "most_uses")

    community = Community.foreign_key()
    code = fields.TextField()
    role = fields.TextField(null=True)
    created_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    most_uses = fields.BigIntField()
    uses = fields.BigIntField()
    ended_at = fields.DatetimeField(null=True)

    # One row for each code, a known role, and no more uses than allowed.
    constraints = (
        Unique(("code",), "invitation_code"),
        Check(one_of("role", Role), "invitation_role"),
        Check("uses BETWEEN 0 AND most_uses", "invitation_uses"),
    )
    indexes = (
        Index(fields=("community_id", "id"), name="invitation_community"),
        Index(fields=("created_by", "id"), name="invitation_of_maker"),
    )


class InvitationUse(Table):
    """The use of an invitation by a member. A member uses it once, also after leaving."""

    community = Community.foreign_key()
    invitation = Invitation.foreign_key()
    membership = Membership.foreign_key()
    used_at = fields.DatetimeField()

    # Constraints and indexes. A member uses an invitation once.
    constraints = (Unique(("community_id", "invitation_id", "membership_id"), "invitation_use_once"),)
    indexes = (Index(fields=("membership_id",), name="invitation_use_membership"),)


class ServiceToken(Table):
    """The digest of a token with which the ordering system authenticates. A lost token is replaced by a new one.

    `approved_at` is the time from which it may be used. `approved_by` is null for the operator.
    """

    fixed = ("community_id", "digest", "scopes", "created_by", "created_at", "expires_at")
    redacts = declare_redactions(name=f"'{REDACTED}'")

    community = Community.foreign_key()
    name = fields.TextField()
    digest = fields.TextField()
    scopes: fields.Field[list[str]] = fields.JSONField()
    created_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()
    approved_at = fields.DatetimeField(null=True)
    approved_by = Membership.foreign_key(null=True)
    last_used_at = fields.DatetimeField(null=True)

    # One row for each digest, and a name of 1 to 40 characters.
    constraints = (
        Unique(("digest",), "service_token_digest"),
        Check("length(name) BETWEEN 1 AND 240", "service_token_name"),
    )
    indexes = (
        Index(fields=("community_id", "id"), name="service_token_community"),
        Index(fields=("created_by", "id"), name="service_token_maker"),
    )


class CommunityChange(Table):
    """The new values of one edit of a community's settings, by name. The first row is the founding."""

    append_only = True
    redacts = declare_redactions(changes="'{}'")

    community = Community.foreign_key()
    version = fields.BigIntField()
    changed_by = Membership.foreign_key(null=True)
    changes: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    # One row for each version of a community.
    constraints = (Unique(("community_id", "version"), "community_change_version"),)
    indexes = (Index(fields=("changed_by", "id"), name="community_change_member"),)
