"""Results of events: counts, and snapshots with digests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from community.events import draws, prizes, queries, rules, seeds
from community.events.kinds import EntryState, Formula, PrizeTier
from community.events.rows import EventRow
from community.events.rules import Counted, Placed
from community.events.tasks import figures
from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_members


@dataclass(frozen=True, slots=True)
class _Earlier:
    """Places of an earlier result, and the reasons of entries without one."""

    figures: Mapping[int, Mapping[str, Any]]
    excluded: Mapping[int, str]


@dataclass(slots=True)
class _EntryCountRow:
    id: int
    membership_id: int
    submission_id: int | None
    state: EntryState
    tier: PrizeTier | None
    votes: int
    is_member: bool
    is_published: bool
    attended: bool

    def find_exclusion(self, formula: Formula, earlier: Sequence[_Earlier]) -> str | None:
        """Return the reason why the entry has no place, or None.

        An earlier result has decided it, unless the state of the entry was the reason. So a later result differs only
        by a disqualification or a reinstatement.
        """
        if self.state is not EntryState.ENTERED:
            return self.state.value
        for result in earlier:
            if self.id in result.figures:
                return None
            if (because := result.excluded.get(self.id)) is not None and because not in _STATES:
                return because
        if formula is Formula.ATTENDED and not self.attended:
            return "ABSENT"
        if not self.is_member:
            return "LEFT"
        return None if self.is_published else "UNPUBLISHED"


@dataclass(slots=True)
class _ElectorateRow:
    voters: int
    votes: int


_STATES = frozenset(state.value for state in EntryState)
_COUNT = db.Select(
    "SELECT e.id, e.membership_id, e.submission_id, e.state, e.tier, COALESCE(v.votes, 0) AS votes,"
    f" NOT {queries.IS_GONE} AS is_member,"
    " e.submission_id IS NULL OR s.published_revision IS NOT NULL AS is_published,"
    " e.attended_at IS NOT NULL AS attended"
    f" FROM event_entry e {queries.JOIN_AUTHOR}"
    " LEFT JOIN submission s ON s.id = e.submission_id"
    " LEFT JOIN (SELECT entry_id, count(*) AS votes FROM event_vote WHERE event_id = $1 GROUP BY entry_id) AS v"
    " ON v.entry_id = e.id WHERE e.event_id = $1 ORDER BY e.id",
    _EntryCountRow,
)
_ELECTORATE = db.Select(
    "SELECT (SELECT count(*) FROM event_voter WHERE event_id = $1 AND total > 0) AS voters,"
    " (SELECT count(*) FROM event_vote WHERE event_id = $1) AS votes",
    _ElectorateRow,
)
# The newest result, and the first one.
_EARLIER = db.Select(
    "SELECT document AS name FROM event_result WHERE event_id = $1 AND (number = 1 OR number ="
    " (SELECT max(n.number) FROM event_result n WHERE n.event_id = $1)) ORDER BY number DESC",
    db.Name,
)
_NUMBER = db.Select("SELECT count(*) AS count FROM event_result WHERE event_id = $1", db.Count)
_STORE = db.Change(
    "INSERT INTO event_result (community_id, event_id, number, document, digest, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
    db.Id,
)
_PLACE_SQL = (
    "UPDATE event_entry SET votes = CAST(part.value->>1 AS BIGINT), place = CAST(part.value->>2 AS BIGINT),"
    " score = CAST(part.value->>3 AS BIGINT)"
    " FROM jsonb_array_elements($1) AS part(value) WHERE event_entry.id = CAST(part.value->>0 AS BIGINT)"
)


async def settle(event: EventRow) -> None:
    """Count a locked event, keep the result, and pay the prizes.

    A later result takes back the prizes that change, and gives the new ones. The first one freezes who takes part.
    """
    counted, earlier = await _COUNT.all(event.id), [_read(row.name) for row in await _EARLIER.all(event.id)]
    excluded = {row.id: because for row in counted if (because := row.find_exclusion(event.formula, earlier))}
    formula, known = await figures.count_figures(
        event, {row.id: row.votes for row in counted if row.id not in excluded}
    )
    _keep_days(known, earlier)
    fit = [
        Counted(
            row.id, row.membership_id, row.votes, row.tier, figures.make_key(known[row.id]) if row.id in known else ()
        )
        for row in counted
        if row.id not in excluded
    ]
    placed = rules.rank_entries(formula, fit, event.conditions.tiers)
    seed = await seeds.find_seed(event)
    if seed is not None:
        placed = draws.draw(seed, event.id, placed, event.conditions.drawn_prizes)
    await _store(event, formula, counted, placed=placed, excluded=excluded, known=known, seed=seed)
    places = {one.entry_id: one.place for one in placed}
    counts = [(row.id, row.votes, places.get(row.id), known.get(row.id, {}).get("score")) for row in counted]
    await db.execute(_PLACE_SQL, json.dumps(counts))
    await prizes.pay(event, placed)
    await notify_members(
        event.community_id, kind=NoticeKind.EVENT_RESULT, key=f"event_result:{event.id}",
        details={row.membership_id: {"event": event.id} for row in counted if row.id in places},
    )  # fmt: skip


def _read(document: str) -> _Earlier:
    found = json.loads(document)
    return _Earlier(
        {one["entry"]: one for one in found["entries"]}, {one["entry"]: one["because"] for one in found["excluded"]}
    )


def _keep_days(known: dict[int, dict[str, int]], earlier: Sequence[_Earlier]) -> None:
    """Replace days by those of earlier results. A submission of a check-in may have been removed since."""
    for result in earlier:
        for entry_id, found in result.figures.items():
            if "days" in known.get(entry_id, {}):
                known[entry_id] = {name: found[name] for name in known[entry_id]}


async def _store(
    event: EventRow,
    formula: Formula,
    counted: list[_EntryCountRow],
    *,
    placed: list[Placed],
    excluded: dict[int, str],
    known: dict[int, dict[str, int]],
    seed: str | None,
) -> None:
    electorate = await _ELECTORATE.one(event.id)
    submissions = {row.id: row.submission_id for row in counted}
    number = (await _NUMBER.one(event.id)).count + 1
    document: dict[str, Any] = {
        "event": event.id,
        "number": number,
        "kind": event.kind.value,
        "formula": formula.value,
        "tie": figures.TIES.get(formula, "EARLIER_ENTRY"),
        "rules": event.rules,
        "electorate": {"voters": electorate.voters, "votes": electorate.votes},
        "draw": seed and {"commitment": event.draw_commitment, "seed": seed},
        "entries": [
            {
                "entry": one.entry_id, "member": one.membership_id, "submission": submissions[one.entry_id],
                "votes": one.votes, "place": one.place, "prize": one.prize and one.prize.value,
                **known.get(one.entry_id, {}),
            }
            for one in placed
        ],
        "excluded": [
            {"entry": row.id, "votes": row.votes, "because": excluded[row.id]} for row in counted if row.id in excluded
        ],
    }  # fmt: skip
    text, digest = rules.encode_document(document)
    await _STORE.one(event.community_id, event.id, number, text, digest, clock.now())
