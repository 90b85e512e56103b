"""Reasons for which boards do not show a member. Each is declared with its condition."""

from __future__ import annotations

from enum import StrEnum

from community.accounts import rules
from community.consent.consents import AGREED_VERSION_SQL, GUARDIAN_CONFIRMED_SQL, REQUIRED_VERSION_SQL
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.kernel.enumerations import require_each
from community.scores.models import RESIDENTS_BOARDS, BoardKind


class LeaderboardExclusion(StrEnum):
    """The reason for which a member is not on a board."""

    LEADER = "LEADER"
    ERASED = "ERASED"
    SUSPENDED = "SUSPENDED"
    FORMER_MEMBER = "FORMER_MEMBER"
    GUARDIAN_MISSING = "GUARDIAN_MISSING"
    CONSENT_MISSING = "CONSENT_MISSING"


RESIDENTS_SQL = ", ".join(f"'{kind}'" for kind in RESIDENTS_BOARDS)
LEADS_SQL = (
    "EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id AND r.membership_id = m.id"
    " AND r.role = 'LEADER')"
)
_EXCLUDED = {
    LeaderboardExclusion.LEADER: f"{{board}} IN ({RESIDENTS_SQL}) AND {LEADS_SQL}",
    LeaderboardExclusion.ERASED: "p.erased_at IS NOT NULL",
    LeaderboardExclusion.SUSPENDED: "p.banned_at IS NOT NULL",
    LeaderboardExclusion.FORMER_MEMBER: "m.left_at IS NOT NULL",
    LeaderboardExclusion.GUARDIAN_MISSING: f"p.born_on > $3 AND NOT {GUARDIAN_CONFIRMED_SQL}",
    LeaderboardExclusion.CONSENT_MISSING: f"COALESCE(({AGREED_VERSION_SQL}), 0)"
    f" < COALESCE(({REQUIRED_VERSION_SQL}), 0)",
}
"""The condition of each reason on the membership `m` of the person `p`, in the order in which they are named."""
require_each(LeaderboardExclusion, _EXCLUDED)
_OF_ALL_BOARDS = [f"({sql})" for reason, sql in _EXCLUDED.items() if reason is not LeaderboardExclusion.LEADER]
HIDDEN_SQL = f"COALESCE({' OR '.join(_OF_ALL_BOARDS)}, FALSE)"
"""The condition that no board may show a member. Its values are `list_hidden_values`."""


def _format(reason: LeaderboardExclusion, board: str) -> str:
    return _EXCLUDED[reason].replace("{board}", board)


def build_hidden_sql(board: str) -> str:
    """Return the condition that a board does not show a member."""
    return f"({HIDDEN_SQL} OR ({_format(LeaderboardExclusion.LEADER, board)}))"


_CASES = " ".join(f"WHEN {_format(reason, '$4')} THEN '{reason}'" for reason in _EXCLUDED)
_FIND = db.Select(
    f"SELECT COALESCE(CASE {_CASES} END, '') AS name FROM membership m JOIN person p ON p.id = m.person_id"
    " WHERE m.id = $1",
    db.Name,
)


def list_exclusions(board: BoardKind) -> list[LeaderboardExclusion]:
    """Return the reasons for which a board does not show a member."""
    return [reason for reason in _EXCLUDED if reason is not LeaderboardExclusion.LEADER or board in RESIDENTS_BOARDS]


async def find_exclusion(board: BoardKind, membership_id: int) -> LeaderboardExclusion | None:
    """Return why a board does not show the member, or None."""
    found = (await _FIND.one(membership_id, *list_hidden_values(), board)).name
    return LeaderboardExclusion(found) if found else None


def list_hidden_values() -> tuple[str, str]:
    """Return the values of `$2` and `$3` in `HIDDEN_SQL`."""
    return ConsentPurpose.LEADERBOARDS.value, rules.compute_child_cutoff(clock.now())
