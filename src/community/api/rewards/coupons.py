"""Coupons in the graph: import, counts, and the codes for their owner."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import argument, declare_enum, field, input_type, object_type, query, type_over
from community.api.edge.languages import get_language
from community.api.mutations import KeyedThingInput, ThingVerb, mutation, thing_mutation
from community.api.nodes import find_community_id
from community.communities.errors import NotAMember
from community.kernel import idempotency, mistakes
from community.kernel.errors import NotFound
from community.kernel.idempotency import Answer, IdempotencyScope
from community.rewards.rows import RedemptionRow, RewardRow
from community.rewards.special import coupons
from community.rewards.special.coupon_csv import MAX_LINES, CouponFault, FaultyLine
from community.rewards.special.coupons import CouponCounts
from community.texts import translate

declare_enum(
    CouponFault,
    name="CouponFault",
    values={
        "EMPTY": "No code.",
        "UNREADABLE": "A quotation mark is missing.",
        "SEVERAL_CELLS": "Several cells, and no header names the column of the codes.",
        "TOO_LONG": "More than 200 characters.",
        "NOT_PRINTABLE": "A character that is not visible, or that was lost because the file is not in UTF-8.",
        "ROUNDED": "A number that the spreadsheet has rounded. Export the column as text.",
        "REPEATED": "The code of an earlier line.",
        "KNOWN": "A code that the community has already.",
    },
)


@type_over(FaultyLine)
class CouponFaultyLine:
    """A line of an import that was not taken."""

    line = field(description="Number of the line, from 1.")
    fault = field(description="What is wrong with it.")

    @query
    def message(row: strawberry.Parent[FaultyLine]) -> str:
        """Sentence for the leader: what is wrong, and what to do."""
        return translate(f"coupon_fault.{row.fault.value}", get_language())


@type_over(CouponCounts)
class CouponCodeCounts:
    """Numbers of codes of a coupon."""

    free = field(description="Codes that can be given.")
    taken = field(description="Codes that belong to redemptions, shown ones included.")
    shown = field(description="Codes that their owners have read.")
    voided = field(description="Codes that are no longer valid.")


@input_type
class CouponImportInput(KeyedThingInput):
    """Input for `couponImport`, which adds codes to a coupon and to its stock."""

    reward_id: strawberry.ID = field(description="Id of the coupon.")
    csv: str = field(
        description=f"One code per line, at most {MAX_LINES} lines."
        " With several columns, a header such as `code` or 券码 names the column."
    )


@object_type
class CouponMutation:
    """Mutations of coupons."""

    @mutation(added="Number of codes that were added.", faulty_lines="Lines that were not taken, in order.")
    async def coupon_import(self, info: Info, input: CouponImportInput) -> tuple[int, list[FaultyLine]]:
        """Add codes to a coupon and to its stock. Leaders only. Faulty lines do not prevent the others.

        Refuses with LEADERS_ONLY, NOT_FOUND or INVALID_INPUT.
        """
        with mistakes.collect() as check:
            number = check(ids.decode, "Reward", input.reward_id, path="rewardId")
            check(idempotency.validate_key, input.idempotency_key)
        actor = Caller(info.context.viewer_id, await find_community_id(RewardRow, number))

        async def work() -> Answer:
            report = await coupons.import_codes(actor, info.context.settings, number, csv=input.csv)
            return {"added": report.added, "faulty": [[each.line, each.fault.value] for each in report.faulty]}

        scope = IdempotencyScope(actor.community_id, actor.person_id, "couponImport")
        given = {"reward_id": number, "csv": input.csv}
        try:
            answer = await idempotency.run_once(scope, input.idempotency_key, given, work)
        except NotAMember:
            raise NotFound("reward") from None
        return answer["added"], [FaultyLine(line, CouponFault(fault)) for line, fault in answer["faulty"]]

    @thing_mutation(
        "which voids free codes of a coupon",
        of=(RewardRow, "reward_id", "Id of the coupon."),
        reward="Coupon.",
    )
    def coupon_void(
        self, quantity: Annotated[int | None, argument("Number of codes. Null means all that are free.")] = None
    ) -> ThingVerb[RewardRow]:
        """Void free codes of a coupon, which leave its stock. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND or INVALID_INPUT.
        """
        return partial(coupons.void_codes, quantity=quantity)

    @mutation(
        "which shows the codes of a coupon to its owner",
        redemption="Fulfilled redemption.",
        codes="Codes, one for each piece.",
    )
    async def coupon_show(
        self, info: Info, redemption_id: Annotated[strawberry.ID, argument("Id of the viewer's redemption.")]
    ) -> tuple[RedemptionRow, list[str]]:
        """Show the codes of a coupon to its owner. It can no longer be cancelled by the owner.

        Refuses with NOT_FOUND, INVALID_INPUT or REDEMPTION_STATE_FORBIDS. Repeating: the same codes are shown.
        """
        number = ids.decode("Redemption", redemption_id, path="redemptionId")
        actor = Caller(info.context.viewer_id, await find_community_id(RedemptionRow, number))
        try:
            return await coupons.show(actor, info.context.settings, number)
        except NotAMember:
            raise NotFound("redemption") from None
