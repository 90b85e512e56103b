"""Short texts that the leaders of a community keep for reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions, profile
from community.communities.permissions import Actor
from community.communities.queries import CommunityRow, MemberRow, get_communities
from community.kernel import audit, clock, db, mistakes
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import Conflict, InvalidInput, NotFound, require_row
from community.kernel.tables import row_of
from community.review.models import ReasonTemplate, TemplateKind
from community.submissions.rules import normalise_note

MAX_TEMPLATES = 50


@row_of(ReasonTemplate)
class TemplateRow(db.Row):
    """A template. `uses` counts the decisions and removals that named it."""

    id: int
    community_id: int
    kind: TemplateKind
    text: str
    place: int
    edition: int
    uses: int
    written_by: int
    created_at: datetime
    deleted_at: datetime | None


@dataclass(slots=True)
class TemplateList:
    """The templates of a community, in their order. The version is 0 before the first edit."""

    version: int
    templates: list[TemplateRow]


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """A template of an edit. The id is None for a new one."""

    kind: TemplateKind
    text: str
    id: int | None = None


@dataclass(slots=True)
class _EditionRow:
    community_id: int
    edition: int


_COLUMNS = db.columns(TemplateRow)
_PRESENT = db.Select(
    f"SELECT {_COLUMNS} FROM reason_template WHERE community_id = ANY($1) AND deleted_at IS NULL"
    " ORDER BY community_id, place, id",
    TemplateRow,
)
_EDITIONS = db.Select(
    "SELECT community_id, max(edition) AS edition FROM reason_template WHERE community_id = ANY($1)"
    " GROUP BY community_id",
    _EditionRow,
)
_BY_ID = db.Select(f"SELECT {_COLUMNS} FROM reason_template WHERE community_id = $1 AND id = $2", TemplateRow)
_ADD = (
    "INSERT INTO reason_template (community_id, kind, text, place, edition, uses, written_by, created_at)"
    " VALUES ($1, $2, $3, $4, $5, 0, $6, $7)"
)
_CHANGE = (
    "UPDATE reason_template SET kind = $3, text = $4, place = $5, edition = $6, written_by = $7"
    " WHERE community_id = $1 AND id = $2"
)
_DELETE = "UPDATE reason_template SET edition = $3, deleted_at = $4 WHERE community_id = $1 AND id = ANY($2)"
_USE = db.Change(
    "UPDATE reason_template SET uses = uses + 1 WHERE community_id = $1 AND id = $2 AND kind = $3 RETURNING id", db.Id
)


async def get_template(community_id: int, template_id: int) -> TemplateRow:
    """Return a template of the community, deleted ones included. Raises NotFound."""
    return require_row(await _BY_ID.first(community_id, template_id), NotFound("reason_template", path=("templateId",)))


async def get_lists(community_ids: Sequence[int]) -> list[TemplateList]:
    """Return the templates of each community, in order. The caller checks who may read them."""
    found = {number: TemplateList(0, []) for number in community_ids}
    for edition in await _EDITIONS.all(list(found)):
        found[edition.community_id].version = edition.edition
    for row in await _PRESENT.all(list(found)):
        found[row.community_id].templates.append(row)
    return [found[number] for number in community_ids]


@db.transactional
async def replace_all(actor: Actor, *, version: int, templates: Sequence[TemplateContent]) -> CommunityRow:
    """Replace the templates of the leader's community by these, in this order. Return the community.

    A present one without an entry is deleted. Raises LeadersOnly, InvalidInput, NotFound for an unknown id, and
    Conflict if another edit came since.
    """
    leader = await permissions.lock_leader(actor)
    wanted = normalise_templates(templates)
    await profile.lock_community(leader.community_id)
    (present,) = await get_lists([leader.community_id])
    if version != present.version:
        raise Conflict("reason_templates", path=("version",))
    known = {row.id: row for row in present.templates}
    for number, each in enumerate(wanted):
        if each.id is not None and each.id not in known:
            raise NotFound("reason_template", path=("templates", str(number), "id"))
    await _write(leader, present.version + 1, known, wanted)
    (community,) = await get_communities([leader.community_id])
    return community


def normalise_templates(templates: Sequence[TemplateContent]) -> list[TemplateContent]:
    """Return the templates with normalised texts. Raises InvalidInput with every mistake."""
    if len(templates) > MAX_TEMPLATES:
        raise InvalidInput("templates", max=MAX_TEMPLATES, actual=len(templates), path=("templates",))
    given = [each.id for each in templates if each.id is not None]
    if len(set(given)) < len(given):
        raise InvalidInput("templates_twice", path=("templates",))
    with mistakes.collect() as check:
        return [
            TemplateContent(each.kind, check(_normalise_text, each.text, number), each.id)
            for number, each in enumerate(templates)
        ]


def _normalise_text(text: str, number: int) -> str:
    try:
        return normalise_note(text, path="text")
    except InvalidInput as refusal:
        raise refusal.move_to("templates", str(number), "text") from None


async def _write(
    leader: MemberRow, edition: int, known: Mapping[int, TemplateRow], wanted: Sequence[TemplateContent]
) -> None:
    place, now, count = leader.community_id, clock.now(), 0
    if deleted := sorted(known.keys() - {each.id for each in wanted}):
        count += 1
        await db.execute(_DELETE, place, deleted, edition, now)
    for number, each in enumerate(wanted):
        row = None if each.id is None else known[each.id]
        if row is None:
            count += 1
            await db.execute(_ADD, place, each.kind, each.text, number, edition, leader.id, now)
        elif (row.kind, row.text, row.place) != (each.kind, each.text, number):
            count += 1
            writer = row.written_by if row.text == each.text else leader.id
            await db.execute(_CHANGE, place, row.id, each.kind, each.text, number, edition, writer)
    if count > 0:
        await audit.record(
            place, leader.id, AuditAction.REASON_TEMPLATE_EDIT, subject="community", subject_id=place,
            edition=edition, count=len(wanted),
        )  # fmt: skip


async def count_use(community_id: int, template_id: int | None, *, kind: TemplateKind) -> None:
    """Count a use of a template of this kind. None has no effect.

    One that was deleted since is counted too. Raises NotFound for another one.
    """
    if template_id is not None and await _USE.first(community_id, template_id, kind) is None:
        raise NotFound("reason_template", path=("templateId",))
