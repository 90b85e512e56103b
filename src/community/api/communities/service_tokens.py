"""Service tokens in the graph: types, root fields and mutations."""

from __future__ import annotations

import strawberry

from community.api.communities.types import load_optional_members
from community.api.context import Caller, Info
from community.api.declare import declare_enum, field, input_type, object_type, query, related, type_over
from community.api.mutations import (
    KeyedInput,
    ThingVerb,
    mutation,
    run_mutation_once,
    thing_mutation,
)
from community.api.nodes import CommunityId, Node, found_by_leaders
from community.api.pages import paged
from community.communities import service_tokens
from community.communities.models import ServiceScope, TokenState
from community.communities.service_tokens import DEFAULT_TOKEN_DAYS, ServiceTokenRow
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import HasId

declare_enum(
    ServiceScope,
    values={
        "REPORT_INTERACTIONS": "Report purchases, returns, pick-ups and invitations, which earn points.",
        "MOVE_POINTS": "Spend, freeze and refund points of members.",
    },
)

declare_enum(
    TokenState,
    name="ServiceTokenState",
    values={
        "WAITING": "Waits until another leader or the operator approves it.",
        "ACTIVE": "Works.",
        "SUSPENDED": "Does not work while its maker is no leader or is suspended.",
        "EXPIRED": "Has reached its end.",
        "REVOKED": "Was revoked by a leader.",
    },
)


@type_over(ServiceTokenRow)
class ServiceToken(Node):
    """服务令牌: identifies a service, in the header `Authorization: Bearer cst_…`."""

    name = field(description="Name of the service.")
    created_at = field(description="Time of creation.")
    revoked_at = field(description="Time of the revocation. Null while valid.")
    expires_at = field(description="Time from which it is no longer valid.")
    approved_at = field(description="Time from which it may be used. Null while it waits for approval.")
    last_used_at = field(description="Time of the last use, at most one minute late. Null before the first.")
    state = field(description="State. Only an active token works.")

    @query
    def scopes(row: strawberry.Parent[ServiceTokenRow]) -> list[ServiceScope]:
        """Permissions."""
        return [ServiceScope(scope) for scope in row.scopes]

    made_by = related(load_optional_members, "created_by", "Leader who created it. Null for the operator.")
    approved_by = related(
        load_optional_members, "approved_by", "Leader who approved it. Null for none and for the operator."
    )


found_by_leaders(ServiceTokenRow, service_tokens.get)


@input_type
class ServiceTokenCreateInput(KeyedInput):
    """Input for `serviceTokenCreate`, which creates a token for a service."""

    name: str = field(description="Name of the service, 1 to 40 characters.")
    scopes: list[ServiceScope] = field(description="Permissions, at least one.")
    days: int = field(default=DEFAULT_TOKEN_DAYS, description="Validity in days, 1 to 365.")


@object_type
class ServiceTokenQuery:
    """Root field of service tokens."""

    @paged
    async def service_tokens(
        self, info: Info, request: PageRequest, community_id: CommunityId
    ) -> Page[ServiceTokenRow]:
        """Service tokens of a community, revoked ones included, oldest first. Leaders only."""
        return await service_tokens.list_all(await info.context.get_member(community_id), request)


@object_type
class ServiceTokenMutation:
    """Mutations of service tokens."""

    @mutation(
        service_token="Token without its secret.",
        secret="Secret that the service sends. Returned once: null when the call is repeated.",
    )
    async def service_token_create(
        self, info: Info, input: ServiceTokenCreateInput
    ) -> tuple[ServiceTokenRow | None, str | None]:
        """Create a token for a service. With MOVE_POINTS it waits for another leader's approval.

        Refuses with LEADERS_ONLY.
        """
        secret: str | None = None

        async def create(actor: Caller) -> HasId:
            nonlocal secret
            new = await service_tokens.create(actor, name=input.name, scopes=input.scopes, days=input.days)
            secret = new.secret
            return new.row

        row = await run_mutation_once(info, "serviceTokenCreate", input, create, returns=ServiceTokenRow)
        return row, secret

    @thing_mutation(
        "which lets a waiting token work",
        of=(ServiceTokenRow, "service_token_id", "Id of the token."),
        service_token="Approved token.",
    )
    def service_token_approve(self) -> ThingVerb[ServiceTokenRow]:
        """Let a waiting token work. Refuses with LEADERS_ONLY, NOT_FOUND, or OWN_TOKEN for its maker."""
        return service_tokens.approve

    @thing_mutation(
        "which revokes a token",
        of=(ServiceTokenRow, "service_token_id", "Id of the token."),
        service_token="Revoked token.",
    )
    def service_token_revoke(self) -> ThingVerb[ServiceTokenRow]:
        """Revoke a token immediately. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return service_tokens.revoke
