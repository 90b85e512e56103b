"""Types of notices."""

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
        "POINTS_EXPIRING": "Points expire soon: `points`, `ends_at`.",
        "POINTS_EXPIRED": "Points have expired: `points`.",
        "POINTS_CLAWED_BACK": "An award was taken back: `points`, and the new `debt`.",
        "POINTS_ADJUSTED": "A leader or the operator corrected the account: `points`, negative if removed.",
    },
)


@object_type
class NoticeFigure:
    """One figure of a notice."""

    name: str = field(description="Name of the figure, as listed for the kind of notice.")
    value: str = field(description="Value: a number in digits, or a time in ISO 8601.")


@object_type
class Notice:
    """通知: a message in the viewer's inbox."""

    id: strawberry.ID = field(description="Opaque id.")
    kind: NoticeKind = field(description="Kind.")
    figures: list[NoticeFigure] = field(description="Figures for the sentence that the client shows.")
    created_at: datetime = field(description="Time of creation.")
    read_at: datetime | None = field(description="Time of reading. Null while unread.")

    @classmethod
    def of(cls, row: NoticeRow) -> Notice:
        """Return the notice of a row."""
        return cls(
            id=ids.encode("Notice", row.id),
            kind=row.kind,
            figures=[NoticeFigure(name=name, value=str(value)) for name, value in sorted(row.detail.items())],
            created_at=row.created_at,
            read_at=row.read_at,
        )
