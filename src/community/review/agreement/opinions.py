"""Approvals by two leaders, for the kinds that a community chose.

The first approval is an opinion, and its case stays open. The approval by another leader publishes with the lower
score of both in each criterion, and with the recommended mark if both give it. An opinion counts while its leader
leads. It belongs to one case, so that an edit ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor, get_member_id
from community.communities.profile import lock_community
from community.communities.queries import CommunityRow, MemberRow, get_communities
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.tables import row_of
from community.review.agreement.models import ReviewOpinion
from community.review.errors import OwnOpinion, SecondLeaderMissing
from community.review.queries import COLUMNS, CaseRow
from community.review.rules import Scores
from community.submissions.models import SubmissionKind


@row_of(ReviewOpinion)
class OpinionRow(db.Row):
    """A leader's own approval of a case that needs two."""

    id: int
    community_id: int
    case_id: int
    given_by: int
    authenticity: int
    usefulness: int
    resonance: int
    recommended: bool
    given_at: datetime

    @property
    def scores(self) -> Scores:
        """Scores by the three criteria."""
        return Scores(self.authenticity, self.usefulness, self.resonance)


@dataclass(slots=True)
class _KindRow:
    community_id: int
    kind: SubmissionKind


_OPINIONS = (
    "(SELECT count(*) FROM review_opinion o WHERE o.community_id = review_case.community_id"
    " AND o.case_id = review_case.id AND EXISTS (SELECT 1 FROM membership_role r JOIN membership m"
    " ON m.id = r.membership_id JOIN person p ON p.id = m.person_id WHERE r.community_id = o.community_id"
    " AND r.membership_id = o.given_by AND r.role = 'LEADER' AND r.granted_at <= o.given_at"
    " AND m.left_at IS NULL AND p.banned_at IS NULL))"
)
HAS_OPINION = f"{_OPINIONS} > 0"
"""The condition that a case waits for a second leader, for a row of `review_case`."""
GAVE_THE_ONLY_OPINION = (
    f"({_OPINIONS} = 1 AND EXISTS (SELECT 1 FROM review_opinion own WHERE own.community_id = review_case.community_id"
    " AND own.case_id = review_case.id AND own.given_by = r.membership_id AND own.given_at >= r.granted_at)"
    " AND EXISTS (SELECT 1 FROM two_person_kind k JOIN submission s ON s.kind = k.kind"
    " WHERE k.community_id = review_case.community_id AND s.id = review_case.submission_id))"
)
"""The condition that another leader than that of `r` must agree, for rows of `review_case` and `membership_role`."""

_COLUMNS = db.columns(OpinionRow, "o")
_OF_CASES = db.Select(
    f"SELECT {_COLUMNS} FROM review_opinion o JOIN membership_role r ON r.community_id = o.community_id"
    " AND r.membership_id = o.given_by AND r.role = 'LEADER' AND r.granted_at <= o.given_at"
    " JOIN membership m ON m.id = o.given_by JOIN person p ON p.id = m.person_id"
    " WHERE o.community_id = ANY($1) AND o.case_id = ANY($2) AND m.left_at IS NULL AND p.banned_at IS NULL"
    " ORDER BY o.id",
    OpinionRow,
)
_KINDS = db.Select(
    "SELECT community_id, kind FROM two_person_kind WHERE community_id = ANY($1) ORDER BY community_id, kind", _KindRow
)
_GIVE = db.Change(
    "INSERT INTO review_opinion (community_id, case_id, given_by, authenticity, usefulness, resonance, recommended,"
    " given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (community_id, case_id, given_by) DO UPDATE SET authenticity = excluded.authenticity,"
    " usefulness = excluded.usefulness, resonance = excluded.resonance, recommended = excluded.recommended,"
    " given_at = excluded.given_at RETURNING id",
    db.Id,
)
_KEEP_OPEN = db.Change(
    "UPDATE review_case SET answered_at = COALESCE(answered_at, $3), claimed_by = NULL, claimed_at = NULL,"
    f" claimed_until = NULL WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING {COLUMNS}",
    CaseRow,
)
_OTHER_LEADERS = db.Select(
    "SELECT count(*) AS count FROM membership_role r JOIN membership m ON m.id = r.membership_id"
    " JOIN person p ON p.id = m.person_id WHERE r.community_id = $1 AND r.role = 'LEADER' AND m.left_at IS NULL"
    " AND p.banned_at IS NULL AND m.id <> $2",
    db.Count,
)
_ADD_KIND = (
    "INSERT INTO two_person_kind (community_id, kind) VALUES ($1, $2) ON CONFLICT (community_id, kind) DO NOTHING"
)


async def list_kinds(community_ids: Sequence[int]) -> list[list[SubmissionKind]]:
    """Return the kinds of each community that need two leaders, in order."""
    return db.group_values(await _KINDS.all(list(community_ids)), community_ids, by="community_id", of="kind")


async def list_opinions(cases: Sequence[CaseRow]) -> list[list[OpinionRow]]:
    """Return the opinions about each case that count now, in order, at most two."""
    found: dict[int, list[OpinionRow]] = {case.id: [] for case in cases}
    for row in await _OF_CASES.all(list({case.community_id for case in cases}), list(found)):
        found[row.case_id].append(row)
    return [found[case.id] for case in cases]


def require_second(opinions: Sequence[OpinionRow], member: MemberRow, *, needs_two: bool) -> None:
    """Raise OwnOpinion if the member gave the only opinion, and another leader must agree."""
    if needs_two and opinions and all(row.given_by == member.id for row in opinions):
        raise OwnOpinion


@db.transactional
async def edit_kinds(actor: Actor, *, kinds: Sequence[SubmissionKind]) -> CommunityRow:
    """Choose the kinds that need two leaders, and return the community. Idempotent.

    Raises LeadersOnly, and SecondLeaderMissing for the only leader of a community.
    """
    leader = await permissions.lock_leader(actor)
    await lock_community(leader.community_id)
    (before,) = await list_kinds([leader.community_id])
    added, ended = set(kinds) - set(before), set(before) - set(kinds)
    if added and (await _OTHER_LEADERS.one(leader.community_id, leader.id)).count == 0:
        raise SecondLeaderMissing(path=("kinds",))
    for kind in sorted(added):
        await db.execute(_ADD_KIND, leader.community_id, kind)
    if ended:
        await db.execute(
            "DELETE FROM two_person_kind WHERE community_id = $1 AND kind = ANY($2)", leader.community_id, sorted(ended)
        )
    if added or ended:
        await audit.record(
            leader.community_id, leader.id, AuditAction.TWO_PERSON_KINDS_EDIT, subject="community",
            subject_id=leader.community_id, kinds=sorted(kinds),
        )  # fmt: skip
    (community,) = await get_communities([leader.community_id])
    return community


@dataclass(frozen=True, slots=True)
class Agreement:
    """The combined approvals of a case. `is_complete` is False if another leader must agree."""

    scores: Scores
    recommended: bool
    is_complete: bool


async def agree(
    leader: MemberRow | None, case: CaseRow, kind: SubmissionKind, *, scores: Scores, recommended: bool
) -> Agreement:
    """Combine a leader's approval of a locked case with those of others.

    It is kept if the case needs two leaders. The operator is None, and decides what no other leader can agree to.
    Raises OwnOpinion if the leader approved it before, and another one must agree.
    """
    (kinds,) = await list_kinds([case.community_id])
    (opinions,) = await list_opinions([case])
    needs_two = kind in kinds
    if leader is not None:
        require_second(opinions, leader, needs_two=needs_two)
    others = [row for row in opinions if row.given_by != get_member_id(leader)]
    if leader is not None and (needs_two or others):
        await _GIVE.one(case.community_id, case.id, leader.id, *astuple(scores), recommended, clock.now())
        await audit.record(
            case.community_id, leader.id, AuditAction.REVIEW_OPINION, subject="submission",
            subject_id=case.revision_ids[0], case_id=case.id, scores=astuple(scores),
        )  # fmt: skip
    lowest = Scores(*map(min, zip(astuple(scores), *(astuple(row.scores) for row in others), strict=True)))
    return Agreement(
        lowest,
        recommended and all(row.recommended for row in others),
        is_complete=leader is None or bool(others) or not needs_two,
    )


async def keep_open(case: CaseRow) -> CaseRow:
    """End the claim of a case that waits for another leader. Return the case."""
    return await _KEEP_OPEN.one(case.community_id, case.id, clock.now())
