"""The check of a nickname against word lists and for personal data.

A name has no stars, and no leader looks at it before others do. So every listed word is refused, of any level.
Claims that only advertisements may not make are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence

from community.kernel import db
from community.kernel.errors import TryAgain
from community.safety import call_checks
from community.safety.checks import Screening
from community.safety.errors import TextBlocked
from community.safety.facts import Reason
from community.safety.models import ALL_COMMUNITIES

FIELD = "nickname"
MAX_COMMUNITIES = 100
"""Communities of a person whose lists count, the newest first."""

_NAME = db.Select("SELECT nickname AS name FROM person WHERE id = $1", db.Name)
_COMMUNITIES = db.Select(
    "SELECT community_id AS id FROM membership WHERE person_id = $1 AND left_at IS NULL"
    f" ORDER BY id DESC LIMIT {MAX_COMMUNITIES}",
    db.Id,
)


async def require_allowed(person_id: int, nickname: str) -> None:
    """Check a person's new nickname. Call it outside a transaction.

    Raises TextBlocked for words that the operator or a community of the person lists, and for personal data.
    """
    communities = [row.id for row in await _COMMUNITIES.all(person_id)]
    await _require_allowed(nickname, communities or [ALL_COMMUNITIES])


async def require_allowed_in(person_id: int, community_id: int) -> None:
    """Check the nickname of a person who joins a community. Call it outside a transaction.

    Raises TextBlocked as `require_allowed` does.
    """
    await _require_allowed((await _NAME.one(person_id)).name, [community_id])


async def _require_allowed(nickname: str, community_ids: Sequence[int]) -> None:
    for community_id in community_ids:
        found = await call_checks.check(community_id, {FIELD: nickname})
        words = _list_words(nickname, found)
        if words:
            raise TextBlocked("words", path=(FIELD,), words="、".join(words))
        if any(finding.reason is Reason.CHECK_FAILED for finding in found.findings):
            raise TryAgain


def _list_words(nickname: str, found: Screening) -> list[str]:
    places = [
        finding.place
        for finding in found.findings
        if finding.place is not None and finding.reason is not Reason.ABSOLUTE_CLAIM
    ]
    return list(dict.fromkeys(nickname[place.start : place.end] for place in places))
