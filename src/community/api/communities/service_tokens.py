"""Service tokens in the graph: leaders make them for the ordering system, see them, and revoke them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import declare_enum, field, input_type, object_type, query
from community.api.nodes import CommunityId
from community.api.pages import After, Connection, First, build_connection
from community.api.payloads import KeyedInput, MutationPayload, mutation, run_mutation_once
from community.communities import service_tokens
from community.communities.models import ServiceScope
from community.communities.queries import MemberRow
from community.communities.service_tokens import ServiceTokenRow
from community.kernel.paging import DEFAULT_PAGE, PageRequest

declare_enum(
    ServiceScope,
    name="ServiceScope",
    values={
        "REPORT_INTERACTIONS": "Report purchases, returns, pick-ups, invitations, which earn points.",
        "MOVE_POINTS": "Spend, freeze and refund members' points on their behalf.",
    },
)


@object_type
class ServiceToken:
    """What a service shows instead of a person, as `Authorization: Bearer cst_…`."""

    id: strawberry.ID = field(description="Its id.")
    name: str = field(description="What the service is called.")
    scopes: list[ServiceScope] = field(description="What it is good for.")
    created_at: datetime = field(description="When it was made.")
    revoked_at: datetime | None = field(description="When it was revoked; null while it is good.")

    @classmethod
    def of(cls, row: ServiceTokenRow) -> ServiceToken:
        """The token of a row."""
        return cls(
            id=ids.encode("ServiceToken", row.id),
            name=row.name,
            scopes=[ServiceScope(scope) for scope in row.scopes],
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )


@input_type
class ServiceTokenCreateInput(KeyedInput):
    """A token for a service."""

    name: str = field(description="What the service is called, 1 to 40 characters.")
    scopes: list[ServiceScope] = field(description="What it is good for, one thing at least.")


@object_type
class ServiceTokenCreatePayload(MutationPayload):
    """What `serviceTokenCreate` answers."""

    service_token: ServiceToken | None = field(default=None, description="The token.")
    secret: str | None = field(
        default=None, description="What the service shows. It is told this once: null when the call is repeated."
    )


@input_type
class ServiceTokenRevokeInput(KeyedInput):
    """Which token is worth nothing from now on."""

    service_token_id: strawberry.ID = field(description="The token.")


@object_type
class ServiceTokenRevokePayload(MutationPayload):
    """What `serviceTokenRevoke` answers."""

    service_token: ServiceToken | None = field(default=None, description="The token, revoked.")


@object_type
class ServiceTokenQuery:
    """The community's services."""

    @query
    async def service_tokens(
        self, info: Info, community_id: CommunityId, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[ServiceToken]:
        """The tokens of a community's services, revoked ones too, oldest first. Leaders only."""
        member = await info.context.get_member(community_id)
        request = PageRequest(first, after)
        return build_connection(await service_tokens.list_all(member, request), request, ServiceToken.of)


@object_type
class ServiceTokenMutation:
    """Letting services in, and out."""

    @mutation
    async def service_token_create(self, info: Info, input: ServiceTokenCreateInput) -> ServiceTokenCreatePayload:
        """Make a token for a service, such as the ordering system. Leaders only."""
        secret: str | None = None

        async def create(actor: MemberRow) -> int:
            nonlocal secret
            new = await service_tokens.create(actor, name=input.name, scopes=input.scopes)
            secret = new.secret
            return new.row.id

        member, token_id = await run_mutation_once(info.context, "serviceTokenCreate", input, create)
        row = await service_tokens.get(member, token_id)
        return ServiceTokenCreatePayload(service_token=ServiceToken.of(row), secret=secret)

    @mutation
    async def service_token_revoke(self, info: Info, input: ServiceTokenRevokeInput) -> ServiceTokenRevokePayload:
        """Make a token worth nothing from this moment on. Leaders only."""

        async def revoke(actor: MemberRow) -> int:
            token_id = ids.decode("ServiceToken", input.service_token_id, path="serviceTokenId")
            return (await service_tokens.revoke(actor, token_id)).id

        member, token_id = await run_mutation_once(info.context, "serviceTokenRevoke", input, revoke)
        return ServiceTokenRevokePayload(service_token=ServiceToken.of(await service_tokens.get(member, token_id)))
