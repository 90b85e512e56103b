"""Interactions that the ordering system reports once per reference, in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from community.communities import service_access
from community.communities.memberships import record_inviter
from community.communities.queries import require_members, require_memberships
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import audit, clock, db, mistakes
from community.kernel.errors import InvalidInput, TryAgain
from community.kernel.texts import normalise_reference
from community.points import journal
from community.points.earning.claw_back import claw_back
from community.points.earning.definitions import validate_code
from community.points.earning.earn import EarnRequest, NotEarnedBecause, Outcome, earn, get_eligibility
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Facts
from community.points.errors import SourceReused
from community.points.idempotent import is_same_input

MAX_REPORT_AGE = timedelta(days=31)
"""Longest time between an interaction and its report. A return may be reported at any time, because it pays nothing."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
"""Largest lead of the ordering system's clock."""


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """A report of one interaction of a member.

    It earns what it would have earned at `occurred_at`, however late it is reported. `name` is the code of an OTHER
    interaction, in capitals, digits and underscores. `purchase` is the reference of the purchase that a RETURN returns.
    `invitee_id` is the membership that an INVITATION invited.
    """

    kind: InteractionKind
    reference: str
    membership_id: int
    occurred_at: datetime
    name: str | None = None
    purchase: str | None = None
    invitee_id: int | None = None


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """Result of a report. `is_new` is False for a repeated report.

    `taken_back` is the number of points that it clawed back.
    """

    id: int
    reference: str
    is_new: bool
    outcome: Outcome
    taken_back: int


@dataclass(slots=True)
class _InteractionRow:
    id: int
    membership_id: int
    name: str | None
    purchase: str | None
    invitee_id: int | None
    outcome: dict[str, Any]


_NEW = db.Change(
    "INSERT INTO interaction (community_id, service_token_id, kind, reference, membership_id, name, purchase,"
    " invitee_id, occurred_at, outcome, created_at) SELECT $1, $2, $3, $4, m.id, $6, $7, i.id, $9, '{}', $10"
    " FROM membership m LEFT JOIN membership i ON i.community_id = $1 AND i.id = $8"
    " WHERE m.community_id = $1 AND m.id = $5 AND (i.id IS NOT NULL OR $8 IS NULL)"
    " ON CONFLICT (community_id, kind, reference) DO NOTHING RETURNING id",
    db.Id,
)
_BY_REFERENCE = db.Select(
    f"SELECT {db.columns(_InteractionRow)} FROM interaction WHERE community_id = $1 AND kind = $2 AND reference = $3",
    _InteractionRow,
)
_RETURNS = db.Select(
    "SELECT id FROM interaction WHERE community_id = $1 AND purchase = $2 AND membership_id = $3 LIMIT 1", db.Id
)


@db.transactional
async def record_interaction(actor: ServiceTokenRow, report: InteractionReport) -> InteractionResult:
    """Record one report and pay for it. A return claws back the purchase's award.

    Idempotent: a second report of the same kind and reference gets the first answer. A return may arrive before its
    purchase, which then earns nothing. Raises InvalidInput, NotFound, and SourceReused for a reference that was used
    with other input, and OwnToken for the token's maker.
    """
    report = normalise_report(report)
    new = await _NEW.first(
        actor.community_id, actor.id, report.kind, report.reference, report.membership_id, report.name,
        report.purchase, report.invitee_id, report.occurred_at, clock.now(),
    )  # fmt: skip
    if new is None:
        known = await _BY_REFERENCE.first(actor.community_id, report.kind, report.reference)
        if known is not None:
            return _replay(known, report)
    service_access.require_other_account(actor, report.membership_id, report.invitee_id)
    # A former member keeps the account, because an earlier purchase may still be returned.
    require_membership = require_memberships if report.kind is InteractionKind.RETURN else require_members
    await require_membership(actor.community_id, report.membership_id)
    if report.invitee_id is not None:
        await require_members(actor.community_id, report.invitee_id, path="inviteeId")
    if new is None:
        raise TryAgain  # The membership is newer than the statement.
    check_time(report)
    # The lock comes before any read, so that a purchase and its return that arrive together see each other.
    if report.kind is not InteractionKind.INVITATION:
        await journal.lock_account(actor.community_id, report.membership_id)
    outcome, taken_back = await _apply_report(actor, report, new.id)
    await db.execute(
        "UPDATE interaction SET outcome = $2 WHERE id = $1", new.id, outcome.as_json() | {"taken_back": taken_back}
    )
    await audit.record(
        actor.community_id, None, f"interaction.{report.kind.value.lower()}", subject="interaction", subject_id=new.id,
        service_token_id=actor.id, points=outcome.points, taken_back=taken_back,
    )  # fmt: skip
    return InteractionResult(new.id, report.reference, is_new=True, outcome=outcome, taken_back=taken_back)


def check_time(report: InteractionReport) -> None:
    """Raise InvalidInput if a new report is too old, or of the future."""
    now = clock.now()
    if report.occurred_at > now + MAX_CLOCK_SKEW:
        raise InvalidInput("future", path=("occurredAt",))
    if report.kind is not InteractionKind.RETURN and report.occurred_at < now - MAX_REPORT_AGE:
        raise InvalidInput("report_age", max=MAX_REPORT_AGE.days, path=("occurredAt",))


def normalise_report(report: InteractionReport) -> InteractionReport:
    """Return the report with its references in their stored form. Raises InvalidInput."""
    purchase = report.purchase
    with mistakes.collect() as check:
        reference = check(normalise_reference, report.reference, path="reference")
        for value, name, kind in (
            (purchase, "purchase", InteractionKind.RETURN),
            (report.name, "name", InteractionKind.OTHER),
            (report.invitee_id, "inviteeId", InteractionKind.INVITATION),
        ):
            if (value is not None) != (report.kind is kind):
                check.add(InvalidInput("only_with_kind", kind=kind.value, path=(name,)))
        if purchase is not None:
            purchase = check(normalise_reference, purchase, path="purchase")
        if report.name is not None:
            check(validate_code, report.name, path=("name",))
        if report.membership_id == report.invitee_id:
            check.add(InvalidInput("own_invitation", path=("inviteeId",)))
        if check.has_mistakes():
            # A wrong time alone refuses only a new report, because a repetition may be late.
            check(check_time, report)
    return replace(report, reference=reference, purchase=purchase)


def _replay(stored: _InteractionRow, report: InteractionReport) -> InteractionResult:
    if not is_same_input(_get_input(stored), _get_input(report)):
        raise SourceReused("reference", path=("reference",))
    outcome = dict(stored.outcome)
    taken_back = outcome.pop("taken_back")
    return InteractionResult(
        stored.id, report.reference, is_new=False, outcome=Outcome.from_json(outcome), taken_back=taken_back
    )


def _get_input(of: InteractionReport | _InteractionRow) -> dict[str, Any]:
    return {"member": of.membership_id, "name": of.name, "purchase": of.purchase, "invitee": of.invitee_id}


async def _apply_report(actor: ServiceTokenRow, report: InteractionReport, id_: int) -> tuple[Outcome, int]:
    """Return the outcome of a new report and the points clawed back."""
    match report.kind:
        case InteractionKind.RETURN:
            return Outcome(0, NotEarnedBecause.NOTHING_TO_PAY), await _claw_back_purchase(actor, report)
        case InteractionKind.INVITATION:
            assert report.invitee_id is not None
            # The approval of the invited person's first submission pays, not the invitation itself.
            noted = await record_inviter(actor.community_id, report.invitee_id, inviter_id=report.membership_id)
            may_pay = noted and not (await get_eligibility(report.invitee_id)).approved_submissions
            return Outcome(0, NotEarnedBecause.PAID_LATER if may_pay else NotEarnedBecause.NOT_INVITED), 0
        case InteractionKind.PURCHASE if await _RETURNS.first(
            actor.community_id, report.reference, report.membership_id
        ):
            return Outcome(0, NotEarnedBecause.RETURNED), 0
        case _:
            # The cause has our own id, so that the ordering system's texts stay out of the append-only journal.
            cause = _build_cause(report.kind, id_)
            request = EarnRequest(
                TRIGGERS[report.kind], cause, source_key=cause, facts=Facts(kind=report.name),
                earned_at=min(report.occurred_at, clock.now()),
            )  # fmt: skip
            return await earn(actor.community_id, report.membership_id, request), 0


async def _claw_back_purchase(actor: ServiceTokenRow, report: InteractionReport) -> int:
    purchase = await _BY_REFERENCE.first(actor.community_id, InteractionKind.PURCHASE, report.purchase)
    if purchase is None:
        return 0
    if purchase.membership_id != report.membership_id:
        raise InvalidInput("purchase_of_another", path=("memberId",))
    return await claw_back(actor.community_id, _build_cause(InteractionKind.PURCHASE, purchase.id))


def _build_cause(kind: InteractionKind, id_: int) -> str:
    return f"{kind.value.lower()}:{id_}"


TRIGGERS = {
    InteractionKind.PURCHASE: Trigger.PURCHASE,
    InteractionKind.PICK_UP: Trigger.PICK_UP,
    InteractionKind.OTHER: Trigger.INTERACTION,
}
"""Triggers of the interactions that earn points themselves."""
