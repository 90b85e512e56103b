"""Types of notices."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.communities.visible import load_own_and_former_memberships
from community.api.context import Info
from community.api.declare import declare_enum, field, object_type, query, type_over
from community.api.edge.languages import get_language
from community.api.nodes import Node, found_by, get_community_of
from community.api.notices import kinds  # noqa: F401 - it declares the enumeration
from community.notices import queries
from community.notices.models import NoticeFigure as FigureName
from community.notices.queries import NoticeRow, UnreadOfKind
from community.notices.sentences import build_sentence

declare_enum(
    FigureName,
    name="NoticeFigureName",
    values={
        "POINTS": "Number of points.",
        "DEBT": "Debt after it, in points.",
        "ENDS_AT": "Time of the expiry.",
        "ENDS_ON": "Day of the expiry in the community.",
        "REDEMPTION": "Id of the redemption.",
        "REWARD": "Id of the reward.",
        "LEFT": "Number of pieces that are left.",
        "SANCTION": "Id of the sanction.",
        "TRUST": "Id of the trust.",
        "SUBMISSION": "Id of the submission.",
        "COMPLAINT": "Id of the complaint.",
        "CASE": "Id of the review case.",
        "APPEAL": "Id of the appeal.",
        "PEOPLE": "Number of members.",
        "REPORT": "Id of the report.",
        "COMMENT": "Id of the comment.",
        "EVENT": "Id of the event.",
        "ENTRY": "Id of the entry.",
        "CREDENTIAL": "Id of the credential.",
        "ANNOUNCEMENT": "Id of the announcement.",
    },
)


@object_type
class NoticeFigure:
    """One figure of a notice."""

    name: FigureName = field(description="Name of the figure, as listed for the kind of notice.")
    value: str = field(description="Value: a number in digits, or a time in ISO 8601.")


@type_over(NoticeRow)
class Notice(Node):
    """通知: a message in the viewer's inbox."""

    kind = field(description="Kind.")
    created_at = field(description="Time of creation.")
    read_at = field(description="Time of reading. Null while unread.")

    @query
    def text(row: strawberry.Parent[NoticeRow]) -> str:
        """Sentence to show to the person, in the language of the request."""
        return build_sentence(row.kind, row.detail, get_language())

    @query
    def figures(row: strawberry.Parent[NoticeRow]) -> list[NoticeFigure]:
        """Figures of the sentence, for a client with its own sentences."""
        return [_build_figure(FigureName(name), value) for name, value in sorted(row.detail.items())]


_THINGS = {
    FigureName.REDEMPTION: "Redemption",
    FigureName.REWARD: "Reward",
    FigureName.SANCTION: "Sanction",
    FigureName.TRUST: "Trust",
    FigureName.SUBMISSION: "Submission",
    FigureName.COMPLAINT: "Complaint",
    FigureName.CASE: "ReviewCase",
    FigureName.APPEAL: "Appeal",
    FigureName.REPORT: "Report",
    FigureName.COMMENT: "Comment",
    FigureName.EVENT: "Event",
    FigureName.ENTRY: "EventEntry",
    FigureName.CREDENTIAL: "Credential",
    FigureName.ANNOUNCEMENT: "Announcement",
}
"""The figures that are ids, with the type of the thing."""


def _build_figure(name: FigureName, value: object) -> NoticeFigure:
    kind = _THINGS.get(name)
    return NoticeFigure(name=name, value=str(value) if kind is None else ids.encode(kind, int(str(value))))


@type_over(UnreadOfKind)
class UnreadNotices:
    """Unread notices of one kind."""

    kind = field(description="Kind.")
    count = field(description="Number, at most 100.")


@found_by(NoticeRow)
async def find_notice(number: int, info: Info) -> NoticeRow | None:
    """Return the viewer's notice, or None. Raises NotFound."""
    (member,) = await load_own_and_former_memberships([await get_community_of(NoticeRow, number)], info)
    return None if member is None else await queries.find_notice(member, number)
