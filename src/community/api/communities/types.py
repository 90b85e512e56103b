"""Types of communities, members and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import strawberry

from community.accounts import queries as accounts_queries
from community.accounts.queries import PersonRow
from community.api.communities import led, visible
from community.api.communities.settings import CommunityField, declare_setting_fields
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query, related, type_over
from community.api.events.badges import load_badges
from community.api.experts.types import load_credentials
from community.api.leaderboards.types import load_honours
from community.api.nodes import Node, found_by, found_by_leaders
from community.api.notices.kinds import load_muted
from community.api.notices.messages import QUOTAS_OF_MEMBER, load_quotas
from community.api.pages import paged
from community.communities import blocks, rules
from community.communities import queries as communities_queries
from community.communities.invitations import InvitationPreview
from community.communities.member_list import MemberOrder
from community.communities.models import Role
from community.communities.profile import CommunityChangeRow
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.communities.sanctions.queries import SanctionRow, list_of_members
from community.communities.sanctions.rules import can_read, can_sanction
from community.communities.settings import JoiningPolicy, Visibility, format_value
from community.kernel.paging import Page, PageRequest
from community.kernel.texts.directions import close_stored
from community.notices.queries import UnreadOfKind, list_unread_by_kind
from community.points import queries as points_queries
from community.points.queries import AccountRow, can_read_account
from community.points.rules import can_adjust, compute_level
from community.review.member_records import MemberRecordRow, get_records
from community.submissions.queries import SubmissionRow

declare_enum(Visibility, values={"PUBLIC": "Everyone, without login.", "MEMBERS": "Members only."})

declare_enum(
    JoiningPolicy,
    name="Joining",
    values={"OPEN": "Every person can join.", "INVITATION": "Only with an invitation code of a leader."},
)

declare_enum(
    Role,
    values={
        "LEADER": "团长: reviews submissions and invites people.",
        "EXPERT": "专家: a member with a verified profession.",
    },
)


@type_over(CommunityRow)
@declare_setting_fields
class Community(Node):
    """社区: a neighbourhood with its leaders and residents."""

    version = field(description="Version, which rises with each edit. An edit must name it.")
    created_at = field(description="Time of foundation.")

    @batched
    async def viewer_membership(rows: list[CommunityRow], info: Info) -> list[MemberRow | None]:
        """Viewer as a current member. Null for everyone else."""
        return await visible.load_own_memberships([row.id for row in rows], info)

    viewer_can_edit = batched(led.list_led, description="True if the viewer may call `communityEdit`.")
    viewer_can_invite = batched(led.list_led, description="True if the viewer may call `invitationCreate`.")

    two_person_kinds = led.two_person_kinds
    reason_templates = led.reason_templates


@found_by(CommunityRow)
async def find_community(number: int, info: Info) -> CommunityRow:
    """Return the community if the viewer may read it. Raises NotFound."""
    return await info.context.find_readable_community(number)


@found_by(PersonRow)
async def find_person(number: int, info: Info) -> PersonRow | None:
    """Return the person if the viewer may see them, or None."""
    viewer_id = info.context.person_id
    row = None if viewer_id is None else await communities_queries.find_visible_person(viewer_id, number)
    if row is None and await visible.is_person_publicly_visible(number):
        return await accounts_queries.find_person(number)
    return row


class _OfCommunity(Protocol):
    @property
    def community_id(self) -> int: ...


async def load_communities(rows: Sequence[_OfCommunity], info: Info) -> list[CommunityRow]:
    """Return the community of each row, in order."""
    return await info.context.list_communities([row.community_id for row in rows])


def _can_change_roles(row: MemberRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and rules.can_change_roles(viewer, row)


def _can_sanction(row: MemberRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and can_sanction(viewer, row)


def _can_adjust_points(row: MemberRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and rules.can_change_roles(viewer, row) and can_adjust(viewer.id, row.id)


declare_enum(
    MemberOrder,
    values={"NEWEST": "Last joined first, by the first joining.", "OLDEST": "First joined first."},
)


@type_over(MemberRecordRow)
class MemberRecord:
    """Record of a member, for leaders. Drafts and other unsent submissions do not count."""

    published = field(description="Number of submissions that are public.")
    waiting = field(description="Number of submissions that wait for a decision.")
    returned = field(description="Number of submissions that were returned.")
    rejected = field(description="Number of submissions that were rejected.")
    removed = field(description="Number of submissions that a leader removed.")
    refusals = field(description="Number of decisions that returned or rejected a revision.")
    sanctions = field(description="Number of sanctions, ended ones included.")
    upheld_reports = field(description="Number of cases in which leaders agreed with reports about the member.")


@type_over(MemberRow)
class Member(Node):
    """成员: a person in a community. Points, submissions and leaderboard entries belong to the member."""

    roles = field(description="Roles. Empty for a resident.")
    community = batched(load_communities, description="Community that it belongs to.")
    person = related(accounts_queries.get_people, "person_id", "Person.", loaded="person")

    @batched
    async def joined_at(rows: list[MemberRow], info: Info) -> list[datetime | None]:
        """Time of the last joining. Null for viewers outside the community."""
        inside = await visible.list_insider_views(rows, info)
        return [row.joined_at if is_insider else None for row, is_insider in zip(rows, inside, strict=True)]

    @batched
    async def left_at(rows: list[MemberRow], info: Info) -> list[datetime | None]:
        """Time of leaving. Null for a current member, and for viewers outside the community."""
        inside = await visible.list_insider_views(rows, info)
        return [row.left_at if is_insider else None for row, is_insider in zip(rows, inside, strict=True)]

    @batched
    async def points(rows: list[MemberRow], info: Info) -> list[AccountRow | None]:
        """Account of the points bank. Null for everyone but the member and the leaders."""
        own = await visible.load_own_memberships([row.community_id for row in rows], info)
        shown = [row for row, viewer in zip(rows, own, strict=True) if viewer and can_read_account(viewer, row.id)]
        found = dict(zip((row.id for row in shown), await points_queries.list_accounts_of(shown), strict=True))
        return [found.get(row.id) for row in rows]

    @batched
    async def level(rows: list[MemberRow]) -> list[int]:
        """Level of the growth value. The first is 1."""
        return [compute_level(account.growth).number for account in await points_queries.list_accounts_of(rows)]

    @paged
    async def published_submissions(
        row: strawberry.Parent[MemberRow], info: Info, request: PageRequest
    ) -> Page[SubmissionRow] | None:
        """Published submissions, newest first, as `feed` shows them. Null if the viewer may not read the community."""
        (community,) = await info.context.load_once(load_communities, [row], info)
        if community.visibility is Visibility.MEMBERS and not await visible.is_member(community.id, info):
            return None
        return await visible.list_publications(row, request, info)

    @batched
    async def unread(rows: list[MemberRow], info: Info) -> list[list[UnreadOfKind] | None]:
        """Unread notices by kind, at most the newest 100. Null for everyone but the member."""
        own = [row for row in rows if row.person_id == info.context.person_id]
        counted = iter(await list_unread_by_kind(own, await load_communities(own, info)) if own else [])
        return [next(counted) if row.person_id == info.context.person_id else None for row in rows]

    muted_notices = batched(
        load_muted, description="Kinds of notices that the member does not get. Null for everyone but the member."
    )

    message_quotas = batched(load_quotas, description=QUOTAS_OF_MEMBER)

    @batched
    async def sanctions(rows: list[MemberRow], info: Info) -> list[list[SanctionRow] | None]:
        """Newest 20 sanctions, newest first. Null for everyone but the member, also a former one, and the leaders."""
        own = await visible.load_own_and_former_memberships([row.community_id for row in rows], info)
        shown = [row.id for row, viewer in zip(rows, own, strict=True) if viewer and can_read(viewer, row)]
        found = await list_of_members(shown) if shown else {}
        return [found.get(row.id) for row in rows]

    credentials = batched(load_credentials, description="Current credentials. The member's own also show the others.")
    honours = batched(load_honours, description="Newest 20 honours, newest first.")
    badges = batched(load_badges, description="Newest 20 badges of events, newest first.")

    @batched
    async def record(rows: list[MemberRow], info: Info) -> list[MemberRecordRow | None]:
        """Record in the community. Null for everyone but the leaders."""
        own = await visible.load_own_memberships([row.community_id for row in rows], info)
        shown = [row.id for row, viewer in zip(rows, own, strict=True) if viewer and rules.can_lead(viewer)]
        found = await get_records(shown) if shown else {}
        return [found.get(row.id) for row in rows]

    @batched
    async def viewer_has_blocked(rows: list[MemberRow], info: Info) -> list[bool]:
        """True if the viewer has blocked the member. False for everyone else."""
        viewer_id = info.context.person_id
        found = set() if viewer_id is None else await blocks.list_blocked_by(viewer_id, [row.id for row in rows])
        return [row.id in found for row in rows]

    trust = led.trust
    viewer_can_trust = led.viewer_can_trust
    viewer_can_block = visible.viewer_can(blocks.can_block, "True if the viewer may call `memberBlock`.")
    viewer_can_sanction = visible.viewer_can(_can_sanction, "True if the viewer may call `sanctionGive`.")
    viewer_can_change_roles = visible.viewer_can(
        _can_change_roles, "True if the viewer may call `roleGive` and `roleTake`. A community keeps its last leader."
    )
    viewer_can_adjust_points = visible.viewer_can(
        _can_adjust_points, "True if the viewer may call `pointsAdjust` for this member."
    )


@found_by(MemberRow)
async def find_member(number: int, info: Info) -> MemberRow | None:
    """Return the member if the viewer may see them, or None. Raises KeyError."""
    (row,) = await visible.load_visible_members([number], info)
    return row


async def load_optional_members(membership_ids: Sequence[int | None]) -> list[MemberRow | None]:
    """Return the member of each membership id, in order. None where the id is None."""
    members = iter(await communities_queries.get_members([number for number in membership_ids if number is not None]))
    return [None if number is None else next(members) for number in membership_ids]


@type_over(InvitationPreview)
class InvitationSummary:
    """The community and role of an invitation code, before a person joins."""

    community_name = field(description="Name of the community.")
    community_description = field(description="Text of the community about itself. May be empty.")
    role = field(description="Role that it gives. Null for none.")
    expires_at = field(description="Time from which it is no longer valid.")


@type_over(InvitationRow)
class Invitation(Node):
    """邀请: a code for joining a community. Only leaders see it.

    It also ends when its maker is no longer a leader, leaves, or is suspended or erased.
    """

    code = field(description="Eight letters and digits. Case, dashes and spaces are ignored when it is typed.")
    role = field(description="Role that it gives. Null for none.")
    expires_at = field(description="Time from which it is no longer valid.")
    most_uses = field(description="Maximum number of uses.")
    uses = field(description="Number of members who have used it.")
    created_at = field(description="Time of creation.")
    ended_at = field(description="Time of its end by a revocation or through its maker. Null while it has not ended.")
    created_by = related(load_optional_members, "created_by", "Leader who made it. Null for the operator.")


found_by_leaders(InvitationRow, communities_queries.get_invitation)


@object_type
class FieldChange:
    """One changed value of a community."""

    field: str = strawberry.field(description="Field that was changed.", graphql_type=CommunityField)
    value: str = strawberry.field(description="New value.")


@type_over(CommunityChangeRow)
class CommunityChange:
    """One edit of a community's profile or settings. The first is its founding."""

    version = field(description="Version of the community after the edit.")
    created_at = field(description="Time of the edit.")

    @query
    def changes(row: strawberry.Parent[CommunityChangeRow]) -> list[FieldChange]:
        """Changed values. Empty if their writer was erased."""
        return [
            FieldChange(field=CommunityField(name), value=close_stored(format_value(value)))
            for name, value in sorted(row.changes.items())
        ]

    changed_by = related(load_optional_members, "changed_by", "Member who made it. Null for the operator.")
