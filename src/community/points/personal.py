"""The points bank's part in a person's rights: what they earned, spent and were told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from community.kernel.paging import MOST, PageRequest
from community.kernel.personal import Content, File, Part, Subject
from community.points import queries
from community.settings import Settings


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """The statement of every account, whole."""
    del settings
    for community_id, membership_id in subject.memberships:
        rows: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = await queries.statement(community_id, membership_id, PageRequest(MOST, after))
            rows += [asdict(row) for row in page.rows]
            if not page.has_next:
                break
            after = page.cursor_of(page.rows[-1])
        yield File.of_rows(f"statement-community-{community_id}.json", rows)


async def erase(subject: Subject, content: Content) -> None:
    """Nothing: the books stay balanced, and no entry of them holds a person's words or name."""
    del subject, content


PART = Part("points", export, erase)
