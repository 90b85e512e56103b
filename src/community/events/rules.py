"""Rules of events: phases and the result. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.events.kinds import DATES, ENDED, EventPart, EventState, Formula, PrizeTier
from community.kernel.texts import normalise_multiline_text

MAX_REASON_LENGTH = 500
MAX_ENTRIES = 2_000
MAX_SCORE = 10
"""Most points of a juror for a criterion. The least are 1."""
_PRIME = 2**31 - 1
SHUFFLE_RANGE = _PRIME
"""Upper end of the random number of an entry. Its order is computed modulo this prime number."""


def normalise_reason(text: str) -> str:
    """Return the reason of a disqualification. Raises InvalidInput."""
    return normalise_multiline_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))


def list_frozen(state: EventState, *, has_entry: bool) -> list[EventPart]:
    """Return the parts that no longer change.

    Rules freeze with the first entry, and the date of a phase when it begins. From the voting on no date changes.
    """
    if state in ENDED:
        return list(EventPart)
    order = list(DATES)
    reached = order.index(state) if state in order else -1
    if reached >= order.index(EventState.VOTING):
        return [part for part in EventPart if part is not EventPart.WORDS]
    frozen = [EventPart.RULES] if has_entry else []
    return frozen + ([EventPart.OPENS_AT] if has_entry or reached >= 0 else [])


def find_next(state: EventState, dates: Mapping[EventState, datetime]) -> EventState | None:
    """Return the next phase of the event, or None after the last."""
    if state in ENDED:
        return None
    order = list(DATES)
    start = order.index(state) + 1 if state in order else 0
    return next(phase for phase in order[start:] if phase in dates)


def find_previous(state: EventState, dates: Mapping[EventState, datetime]) -> EventState | None:
    """Return the phase before this one, or None where no way leads back.

    A draft has none before it, and neither has a phase from the judging on.
    """
    if state is EventState.ANNOUNCED:
        return EventState.DRAFT
    if state is EventState.OPEN:
        return EventState.ANNOUNCED
    return EventState.OPEN if state is EventState.VOTING and EventState.OPEN in dates else None


@dataclass(frozen=True, slots=True)
class Counted:
    """An entry with what its place depends on."""

    entry_id: int
    membership_id: int
    votes: int
    tier: PrizeTier | None = None
    key: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place and prize."""

    entry_id: int
    membership_id: int
    votes: int
    place: int
    prize: PrizeTier | None


def rank_entries(formula: Formula, entries: Sequence[Counted], tiers: Sequence[PrizeTier]) -> list[Placed]:
    """Return the entries by place, with their prizes.

    The higher key comes first, and of equal keys the earlier entry. The key is the number of votes, unless the entry
    has another one. One member gets one prize, for the best entry. An entry without votes gets none. Where leaders
    pick, the picked tiers are the prizes.
    """
    if formula is Formula.PICKED:
        order = list(PrizeTier)
        found = sorted(entries, key=lambda one: (order.index(one.tier) if one.tier else len(order), one.entry_id))
        return [Placed(one.entry_id, one.membership_id, 0, place, one.tier) for place, one in enumerate(found, 1)]
    left, winners, placed = list(tiers), set(), []
    for place, one in enumerate(sorted(entries, key=_order), 1):
        wins = bool(left) and (one.key or (one.votes,))[0] > 0 and one.membership_id not in winners
        prize = left.pop(0) if wins else None
        if wins:
            winners.add(one.membership_id)
        placed.append(Placed(one.entry_id, one.membership_id, one.votes, place, prize))
    return placed


def _order(one: Counted) -> tuple[int, ...]:
    return (*(-part for part in one.key or (one.votes,)), one.entry_id)


@dataclass(frozen=True, slots=True)
class JuryPoints:
    """The points of an entry in all criteria, and the number of jurors."""

    points: int
    jurors: int


def combine_scores(
    votes: Mapping[int, int], jury: Mapping[int, JuryPoints], *, weight: int, quorum: int, criteria: int
) -> dict[int, int]:
    """Return the score of each entry, 0 to 1,000,000. Empty if an entry has fewer jurors than the quorum.

    The part of the votes is 10,000 for the most votes, and that of the jury 10,000 for full points, both rounded down.
    The score is the part of the jury times the weight in per cent, and that of the votes times the rest.
    """
    if any(entry_id not in jury or jury[entry_id].jurors < quorum for entry_id in votes):
        return {}
    most = max(votes.values(), default=0)
    found = {}
    for entry_id, count in votes.items():
        given = jury[entry_id]
        of_votes = count * 10_000 // most if most else 0
        of_jury = given.points * 10_000 // (given.jurors * criteria * MAX_SCORE)
        found[entry_id] = of_votes * (100 - weight) + of_jury * weight
    return found


def count_tiers(tiers: Sequence[PrizeTier]) -> Counter[PrizeTier]:
    """Return the number of prizes of each tier."""
    return Counter(tiers)


def encode_document(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return a document as canonical JSON, and its SHA-256."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def compute_order(event_id: int, viewer_id: int) -> tuple[int, int]:
    """Return the factor and summand that shuffle an event's entries for one viewer."""
    seed = hashlib.sha256(f"{event_id}:{viewer_id}".encode()).digest()
    first, second = (int.from_bytes(seed[start : start + 8]) for start in (0, 8))
    return 1 + first % (_PRIME - 1), second % _PRIME
