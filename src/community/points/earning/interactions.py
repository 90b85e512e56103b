"""What the ordering system reports, each thing once by its own reference, in whatever order it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from community.communities.memberships import record_inviter
from community.communities.queries import require_members, require_memberships
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_text
from community.points import journal
from community.points.earning.claw_back import claw_back
from community.points.earning.earn import NotEarnedBecause, Outcome, earn, get_eligibility
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Facts, validate_code
from community.points.errors import SourceReused

MAX_REFERENCE_LENGTH = 64
MAX_REPORT_AGE = timedelta(days=31)
"""How long after it happened something may be reported; a return, which only takes back, at any time."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far the reporting system's clock may be ahead."""
MAX_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """One thing that happened to a member: `purchase` is what a return gives back, `invitee_id` who was invited.

    What it earns is what it would have earned at `occurred_at`, however late it is reported; of one that is reported
    twice, the first time counts. `name` is a code that rules know, of capitals, digits and low lines.
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
    """What came of a report: `is_new` is False for one that had arrived before, `taken_back` are points clawed back."""

    id: int
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
    outcome: dict[str, object]


_NEW = db.Change(
    "INSERT INTO interaction (community_id, service_token_id, kind, reference, membership_id, name, purchase,"
    " invitee_id, occurred_at, outcome, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', $10)"
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
async def record_interaction(actor: ServiceTokenRow, given: InteractionReport) -> InteractionResult:
    """Take in one report: pay for it, or take back what was paid for the purchase that it returns.

    The same reference of the same kind answers what it answered the first time. A return may arrive before its
    purchase, which then earns nothing. Raises InvalidInput, NotFound, SourceReused for a reference that was used for
    something else.
    """
    given = _normalise_report(given)
    if given.membership_id == given.invitee_id:
        raise InvalidInput("Nobody invites themselves.", path=("inviteeId",))
    # Who has left keeps the account: what was bought before may still be returned.
    require_membership = require_memberships if given.kind is InteractionKind.RETURN else require_members
    await require_membership(actor.community_id, given.membership_id)
    if given.invitee_id is not None:
        await require_members(actor.community_id, given.invitee_id, path="inviteeId")
    new = await _NEW.first(
        actor.community_id, actor.id, given.kind, given.reference, given.membership_id, given.name, given.purchase,
        given.invitee_id, given.occurred_at, clock.now(),
    )  # fmt: skip
    if new is None:
        return await _replay(actor, given)
    _check_time(given)
    # Held before anything is looked at: a purchase and its return that arrive together see one another.
    await journal.lock_account(actor.community_id, given.membership_id)
    outcome, taken_back = await _apply_report(actor, given, new.id)
    await db.execute(
        "UPDATE interaction SET outcome = $2 WHERE id = $1", new.id, outcome.as_json() | {"taken_back": taken_back}
    )
    await audit.record(
        actor.community_id, None, f"interaction.{given.kind.value.lower()}", subject="interaction", subject_id=new.id,
        service_token_id=actor.id, points=outcome.points, taken_back=taken_back,
    )  # fmt: skip
    return InteractionResult(new.id, is_new=True, outcome=outcome, taken_back=taken_back)


def _check_time(given: InteractionReport) -> None:
    now = clock.now()
    if given.occurred_at > now + MAX_CLOCK_SKEW:
        raise InvalidInput("This has not happened yet.", path=("occurredAt",))
    if given.kind is not InteractionKind.RETURN and given.occurred_at < now - MAX_REPORT_AGE:
        raise InvalidInput(f"This happened more than {MAX_REPORT_AGE.days} days ago.", path=("occurredAt",))


def _normalise_report(given: InteractionReport) -> InteractionReport:
    """The report with its references as they are stored. Raises InvalidInput."""
    reference = normalise_text(given.reference, max_length=MAX_REFERENCE_LENGTH, path=("reference",))
    purchase = given.purchase and normalise_text(given.purchase, max_length=MAX_REFERENCE_LENGTH, path=("purchase",))
    for value, name, kind, most in (
        (given.purchase, "purchase", InteractionKind.RETURN, MAX_REFERENCE_LENGTH),
        (given.name, "name", InteractionKind.OTHER, MAX_NAME_LENGTH),
    ):
        if (value is not None) != (given.kind is kind):
            raise InvalidInput(f"This belongs to {kind.value}, and only there.", path=(name,))
        if value is not None:
            normalise_text(value, max_length=most, path=(name,))
    if given.name is not None:
        validate_code(given.name, path=("name",))
    if (given.invitee_id is not None) != (given.kind is InteractionKind.INVITATION):
        raise InvalidInput("This belongs to INVITATION, and only there.", path=("inviteeId",))
    return replace(given, reference=reference, purchase=purchase)


async def _replay(actor: ServiceTokenRow, given: InteractionReport) -> InteractionResult:
    stored = await _BY_REFERENCE.one(actor.community_id, given.kind, given.reference)
    same = (given.membership_id, given.name, given.purchase, given.invitee_id)
    if (stored.membership_id, stored.name, stored.purchase, stored.invitee_id) != same:
        raise SourceReused("This reference was reported with other contents.", path=("reference",))
    outcome = dict(stored.outcome)
    taken_back = outcome.pop("taken_back")
    assert isinstance(taken_back, int)
    return InteractionResult(stored.id, is_new=False, outcome=Outcome.from_json(outcome), taken_back=taken_back)


async def _apply_report(actor: ServiceTokenRow, given: InteractionReport, number: int) -> tuple[Outcome, int]:
    """What a new report earns, and what it takes back."""
    match given.kind:
        case InteractionKind.RETURN:
            return Outcome(0, NotEarnedBecause.NOTHING_TO_PAY), await _claw_back_purchase(actor, given)
        case InteractionKind.INVITATION:
            assert given.invitee_id is not None
            # Paid when the invited person's first submission is approved, not for the invitation itself.
            noted = await record_inviter(actor.community_id, given.invitee_id, inviter_id=given.membership_id)
            may_pay = noted and not (await get_eligibility(given.invitee_id)).approved_submissions
            return Outcome(0, NotEarnedBecause.PAID_LATER if may_pay else NotEarnedBecause.NOT_INVITED), 0
        case InteractionKind.PURCHASE if await _RETURNS.first(actor.community_id, given.reference, given.membership_id):
            return Outcome(0, NotEarnedBecause.RETURNED), 0
        case _:
            # By our own number: the ordering system's words stay out of the journal, which nobody can change.
            cause = _build_cause(given.kind, number)
            facts = Facts(kind=given.name)
            return await earn(
                actor.community_id,
                given.membership_id,
                _TRIGGERS[given.kind],
                cause=cause,
                source_key=cause,
                facts=facts,
                earned_at=min(given.occurred_at, clock.now()),
            ), 0


async def _claw_back_purchase(actor: ServiceTokenRow, given: InteractionReport) -> int:
    bought = await _BY_REFERENCE.first(actor.community_id, InteractionKind.PURCHASE, given.purchase)
    if bought is None:
        return 0
    if bought.membership_id != given.membership_id:
        raise InvalidInput("Somebody else made this purchase.", path=("memberId",))
    return await claw_back(actor.community_id, _build_cause(InteractionKind.PURCHASE, bought.id))


def _build_cause(kind: InteractionKind, number: int) -> str:
    return f"{kind.value.lower()}:{number}"


_TRIGGERS = {
    InteractionKind.PURCHASE: Trigger.PURCHASE,
    InteractionKind.PICK_UP: Trigger.PICK_UP,
    InteractionKind.OTHER: Trigger.INTERACTION,
}
