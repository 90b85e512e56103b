"""Verification of redemptions in the graph, for leaders and helpers of pick-up points."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

import strawberry

from community.accounts import attempts
from community.api import ids
from community.api.context import Info
from community.api.declare import argument, field, input_type, object_type, query
from community.api.mutations import (
    KeyedInput,
    ThingVerb,
    limit_new_calls,
    mutation,
    run_mutation_once,
    thing_mutation,
)
from community.api.nodes import CommunityId
from community.kernel import idempotency, mistakes
from community.rewards.pick_up import verification
from community.rewards.pick_up.verification import Handover
from community.rewards.rows import RedemptionRow

_ATTEMPT = "verification"
_COMMUNITY_LIMIT = 10
"""Times the limit of one person that all verifiers of a community together may fail."""


@asynccontextmanager
async def _limit_attempts(info: Info, person_id: int, community_id: int) -> AsyncIterator[None]:
    settings = info.context.settings
    of_all = attempts.limit_attempts(settings, _ATTEMPT, f"community {community_id}", times=_COMMUNITY_LIMIT)
    async with attempts.limit_attempts(settings, _ATTEMPT, str(person_id)), of_all:
        yield


@object_type
class VerificationQuery:
    """Root field of the verification."""

    @query
    async def redemption_by_code(
        self,
        info: Info,
        community_id: CommunityId,
        code: Annotated[str, argument("Typed, pasted or scanned verification code.")],
    ) -> RedemptionRow:
        """The redemption of a verification code, before anything is handed over. Leaders and helpers only.

        Refuses with VERIFICATION_CODE_INVALID, VERIFIERS_ONLY, OTHER_PICK_UP_POINT, OWN_REDEMPTION or
        TOO_MANY_ATTEMPTS.
        """
        member = await info.context.get_member(community_id)
        async with _limit_attempts(info, member.person_id, member.community_id):
            return await verification.preview(member, code)


@input_type
class RedemptionVerifyInput(KeyedInput):
    """Input for `redemptionVerify`, which records that pieces were handed over."""

    code: str = field(description="Typed, pasted or scanned verification code.")
    pick_up_point_id: strawberry.ID | None = field(
        default=None, description="Id of the pick-up point where you are. Null if nothing is collected at a point."
    )
    quantity: int | None = field(default=None, description="Number of pieces. Null means all that are open.")


@object_type
class VerificationMutation:
    """Mutations of the verification."""

    @mutation(redemption="Redemption in its new state.")
    async def redemption_verify(self, info: Info, input: RedemptionVerifyInput) -> RedemptionRow | None:
        """Record that pieces of a redemption were handed over. Leaders and helpers of the pick-up point only.

        Refuses with VERIFICATION_CODE_INVALID, VERIFICATION_CODE_USED, OTHER_PICK_UP_POINT, VERIFIERS_ONLY,
        OWN_REDEMPTION, NOT_FOUND or TOO_MANY_ATTEMPTS.
        """
        with mistakes.collect() as check:
            point_id = input.pick_up_point_id
            check(ids.decode, "Community", input.community_id, path="communityId")
            number = None if point_id is None else check(ids.decode, "PickUpPoint", point_id, path="pickUpPointId")
            check(idempotency.validate_key, input.idempotency_key)
        verb = partial(verification.verify, handover=Handover(input.code, input.quantity, number))
        run = partial(run_mutation_once, info, "redemptionVerify", input, verb, returns=RedemptionRow)
        actor = info.context.get_actor(input.community_id)
        limit = _limit_attempts(info, actor.person_id, actor.community_id)
        async with limit_new_calls(actor, "redemptionVerify", input.idempotency_key, limit):
            return await run()

    @thing_mutation(
        "which undoes the last handover of a redemption",
        of=(RedemptionRow, "redemption_id"),
        redemption="Redemption in its new state.",
    )
    def redemption_undo(
        self, reason: Annotated[str, argument("Reason, 1 to 500 characters, which the member reads.")]
    ) -> ThingVerb[RedemptionRow]:
        """Undo the last handover of a redemption within 15 minutes. Its code works again.

        For its verifier and leaders. Refuses with NOT_FOUND, VERIFIERS_ONLY, OWN_REDEMPTION, NOTHING_TO_UNDO or
        UNDO_TOO_LATE.
        """
        return partial(verification.undo, reason=reason)
