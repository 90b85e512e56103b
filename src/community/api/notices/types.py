"""Notices as the graph shows them to whom they are for."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.declare import declare_enum, field, object_type
from community.notices.models import NoticeKind
from community.notices.queries import NoticeRow

declare_enum(
    NoticeKind,
    name="NoticeKind",
    values={
        "POINTS_EXPIRING": "Points end soon: `points`, `ends_at`.",
        "POINTS_EXPIRED": "Points have ended: `points`.",
        "POINTS_CLAWED_BACK": "What was awarded was taken back: `points`, and the `debt` there is now.",
        "POINTS_ADJUSTED": "A leader or the operator corrected the account: `points`, negative when taken.",
    },
)


@object_type
class NoticeFigure:
    """One figure of a notice."""

    name: str = field(description="What it is; the notice's kind says which there are.")
    value: str = field(description="What it is; a number in digits, a time in ISO 8601.")


@object_type
class Notice:
    """通知: something I should know."""

    id: strawberry.ID = field(description="Its id.")
    kind: NoticeKind = field(description="What it tells of.")
    figures: list[NoticeFigure] = field(description="Its figures, for the sentence that the client shows.")
    created_at: datetime = field(description="When.")
    read_at: datetime | None = field(description="When I read it; null while I have not.")

    @classmethod
    def of(cls, row: NoticeRow) -> Notice:
        """The notice of a row."""
        return cls(
            id=ids.encode("Notice", row.id),
            kind=row.kind,
            figures=[NoticeFigure(name=name, value=str(value)) for name, value in sorted(row.detail.items())],
            created_at=row.created_at,
            read_at=row.read_at,
        )
