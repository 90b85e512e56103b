"""Blocks of revisions by the screening, as their authors read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.tables import row_of
from community.review.models import CaseReason
from community.review.screening.models import Screening
from community.review.screening.reasons import list_reasons
from community.review.screening.texts import list_texts
from community.safety.facts import Finding, Level
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow


@row_of(Screening)
class BlockRow:
    """A screening that returned its revision to the author."""

    id: int
    community_id: int
    submission_id: int
    revision_id: int
    author_id: int
    findings: list[dict[str, Any]]
    done_at: datetime | None

    @property
    def blocked_at(self) -> datetime:
        """Time of the block."""
        assert self.done_at is not None
        return self.done_at


@dataclass(frozen=True, slots=True)
class BlockFinding:
    """A finding that blocks. `words` are the author's own, or None if it is about no words."""

    finding: Finding
    check: CaseReason
    words: str | None


_SELECT = f"SELECT {db.columns(BlockRow)} FROM screening WHERE verdict = 'BLOCK' AND done_at IS NOT NULL"
_BY_IDS = db.Select(f"{_SELECT} AND id = ANY($1)", BlockRow)
_OF_REVISIONS = db.Select(f"{_SELECT} AND community_id = ANY($1) AND revision_id = ANY($2)", BlockRow)


async def find_blocks_by_ids(screening_ids: Sequence[int]) -> list[BlockRow]:
    """Return those of the screenings that blocked their revisions. The caller checks who may know of them."""
    return await _BY_IDS.all(list(screening_ids))


async def find_blocks(rows: Sequence[SubmissionRow]) -> list[BlockRow | None]:
    """Return the block of the revision that was sent last, in order. None without one."""
    sent = [(row.id, row.sent_revision) for row in rows if row.sent_revision is not None]
    ids = {row.submission_id: row.id for row in await submissions.get_revisions(sent)}
    found = await _OF_REVISIONS.all(sorted({row.community_id for row in rows}), list(ids.values()))
    return db.in_order_or_none(found, [ids.get(row.id) for row in rows], by="revision_id")


async def list_block_findings(rows: Sequence[BlockRow]) -> list[list[BlockFinding]]:
    """Return the findings that blocked each revision, without those for leaders."""
    texts = await list_texts([row.revision_id for row in rows])
    return [_describe(row, found) for row, found in zip(rows, texts, strict=True)]


def _describe(row: BlockRow, texts: dict[str, str]) -> list[BlockFinding]:
    found = []
    for finding in map(Finding.from_json, row.findings):
        if finding.level is Level.BLOCK:
            place, (check,) = finding.place, list_reasons([finding])
            words = None if place is None else texts.get(place.field, "")[place.start : place.end]
            found.append(BlockFinding(finding, check, words))
    return found
