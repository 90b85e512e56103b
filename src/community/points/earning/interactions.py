"""What the ordering system reports, each thing once by its own reference, in whatever order it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from community.identity.queries import check_members
from community.identity.service import note_inviter
from community.identity.service_tokens import ServiceRow
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput
from community.kernel.texts import plain
from community.points import journal
from community.points.earning.claw_back import claw_back
from community.points.earning.earn import NotEarnedBecause, Outcome, earn, standing_of
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Facts, code
from community.points.errors import SourceReused

REFERENCE_LENGTH = 64
LATEST = timedelta(days=31)
"""How long after it happened something may be reported; a return, which only takes back, at any time."""
AHEAD = timedelta(minutes=5)
"""How far the reporting system's clock may be ahead."""
NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Report:
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
class Reported:
    """What came of a report: `is_new` is False for one that had arrived before, `taken_back` are points clawed back."""

    id: int
    is_new: bool
    outcome: Outcome
    taken_back: int


@dataclass(slots=True)
class _Stored:
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
_STORED = db.Select(
    f"SELECT {db.columns(_Stored)} FROM interaction WHERE community_id = $1 AND kind = $2 AND reference = $3",
    _Stored,
)
_RETURNS = db.Select(
    "SELECT id FROM interaction WHERE community_id = $1 AND purchase = $2 AND membership_id = $3 LIMIT 1", db.Id
)


@db.transactional
async def report(actor: ServiceRow, given: Report) -> Reported:
    """Take in one report: pay for it, or take back what was paid for the purchase that it returns.

    The same reference of the same kind answers what it answered the first time. A return may arrive before its
    purchase, which then earns nothing. Raises InvalidInput, NotFound, SourceReused for a reference that was used for
    something else.
    """
    given = _checked(given)
    if given.membership_id == given.invitee_id:
        raise InvalidInput("Nobody invites themselves.", path=("inviteeId",))
    # Who has left keeps the account: what was bought before may still be returned.
    await check_members(actor.community_id, given.membership_id, or_left=given.kind is InteractionKind.RETURN)
    if given.invitee_id is not None:
        await check_members(actor.community_id, given.invitee_id, path="inviteeId")
    new = await _NEW.first(
        actor.community_id, actor.id, given.kind, given.reference, given.membership_id, given.name, given.purchase,
        given.invitee_id, given.occurred_at, clock.now(),
    )  # fmt: skip
    if new is None:
        return await _again(actor, given)
    _check_time(given)
    # Held before anything is looked at: a purchase and its return that arrive together see one another.
    await journal.hold_account(actor.community_id, given.membership_id)
    outcome, taken_back = await _follow(actor, given, new.id)
    await db.execute(
        "UPDATE interaction SET outcome = $2 WHERE id = $1", new.id, outcome.as_json() | {"taken_back": taken_back}
    )
    await audit.record(
        actor.community_id, None, f"interaction.{given.kind.value.lower()}", subject="interaction", subject_id=new.id,
        service_token_id=actor.id, points=outcome.points, taken_back=taken_back,
    )  # fmt: skip
    return Reported(new.id, is_new=True, outcome=outcome, taken_back=taken_back)


def _check_time(given: Report) -> None:
    now = clock.now()
    if given.occurred_at > now + AHEAD:
        raise InvalidInput("This has not happened yet.", path=("occurredAt",))
    if given.kind is not InteractionKind.RETURN and given.occurred_at < now - LATEST:
        raise InvalidInput(f"This happened more than {LATEST.days} days ago.", path=("occurredAt",))


def _checked(given: Report) -> Report:
    """The report with its references as they are stored. Raises InvalidInput."""
    reference = plain(given.reference, most=REFERENCE_LENGTH, path=("reference",))
    purchase = given.purchase and plain(given.purchase, most=REFERENCE_LENGTH, path=("purchase",))
    for value, name, kind, most in (
        (given.purchase, "purchase", InteractionKind.RETURN, REFERENCE_LENGTH),
        (given.name, "name", InteractionKind.OTHER, NAME_LENGTH),
    ):
        if (value is not None) != (given.kind is kind):
            raise InvalidInput(f"This belongs to {kind.value}, and only there.", path=(name,))
        if value is not None:
            plain(value, most=most, path=(name,))
    if given.name is not None:
        code(given.name, path=("name",))
    if (given.invitee_id is not None) != (given.kind is InteractionKind.INVITATION):
        raise InvalidInput("This belongs to INVITATION, and only there.", path=("inviteeId",))
    return replace(given, reference=reference, purchase=purchase)


async def _again(actor: ServiceRow, given: Report) -> Reported:
    stored = await _STORED.one(actor.community_id, given.kind, given.reference)
    same = (given.membership_id, given.name, given.purchase, given.invitee_id)
    if (stored.membership_id, stored.name, stored.purchase, stored.invitee_id) != same:
        raise SourceReused("This reference was reported with other contents.", path=("reference",))
    outcome = dict(stored.outcome)
    taken_back = outcome.pop("taken_back")
    assert isinstance(taken_back, int)
    return Reported(stored.id, is_new=False, outcome=Outcome.of_json(outcome), taken_back=taken_back)


async def _follow(actor: ServiceRow, given: Report, number: int) -> tuple[Outcome, int]:
    """What a new report earns, and what it takes back."""
    match given.kind:
        case InteractionKind.RETURN:
            return Outcome(0, NotEarnedBecause.NOTHING_TO_PAY), await _return(actor, given)
        case InteractionKind.INVITATION:
            assert given.invitee_id is not None
            # Paid when the invited person's first submission is approved, not for the invitation itself.
            noted = await note_inviter(actor.community_id, given.invitee_id, inviter_id=given.membership_id)
            may_pay = noted and not (await standing_of(given.invitee_id)).approved_submissions
            return Outcome(0, NotEarnedBecause.PAID_LATER if may_pay else NotEarnedBecause.NOT_INVITED), 0
        case InteractionKind.PURCHASE if await _RETURNS.first(actor.community_id, given.reference, given.membership_id):
            return Outcome(0, NotEarnedBecause.RETURNED), 0
        case _:
            # By our own number: the ordering system's words stay out of the journal, which nobody can change.
            cause = _cause(given.kind, number)
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


async def _return(actor: ServiceRow, given: Report) -> int:
    bought = await _STORED.first(actor.community_id, InteractionKind.PURCHASE, given.purchase)
    if bought is None:
        return 0
    if bought.membership_id != given.membership_id:
        raise InvalidInput("Somebody else made this purchase.", path=("memberId",))
    return await claw_back(actor.community_id, _cause(InteractionKind.PURCHASE, bought.id))


def _cause(kind: InteractionKind, number: int) -> str:
    return f"{kind.value.lower()}:{number}"


_TRIGGERS = {
    InteractionKind.PURCHASE: Trigger.PURCHASE,
    InteractionKind.PICK_UP: Trigger.PICK_UP,
    InteractionKind.OTHER: Trigger.INTERACTION,
}
