"""Reason templates: edits of the list, its limits, and the figures of use."""

from __future__ import annotations

import pytest

from community.communities.errors import LeadersOnly
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.review import removing, templates
from community.review import service as review
from community.review.appeals import reports
from community.review.appeals.models import ReportCategory
from community.review.bulk import DecisionItem
from community.review.models import TemplateKind, Verdict
from community.review.queries import find_case
from community.review.templates import MAX_TEMPLATES, TemplateContent
from tests.support.story import (
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    get_open_case,
    run_concurrently,
)

pytestmark = pytest.mark.usefixtures("database")
PHOTO, ADVERT, SPAM = (
    TemplateContent(TemplateKind.RETURN, "请补充照片"),
    TemplateContent(TemplateKind.REJECTION, "与小区无关"),
    TemplateContent(TemplateKind.REMOVAL, "广告"),
)


@pytest.fixture
async def place():
    return await create_community(leaders=2)


async def replace(place, *contents, version, by=None):
    await templates.replace_all(by or place.leader, version=version, templates=contents)
    return await get_list(place)


async def get_list(place):
    (found,) = await templates.get_lists([place.id])
    return found


def keep(row, text=None):
    return TemplateContent(row.kind, text or row.text, row.id)


async def test_templates_are_created_edited_ordered_and_deleted(place):
    first = await replace(place, PHOTO, ADVERT, SPAM, version=0)
    assert [(row.kind, row.text) for row in first.templates] == [(c.kind, c.text) for c in (PHOTO, ADVERT, SPAM)]
    photo, advert, spam = first.templates
    second = await replace(place, keep(spam), keep(photo, " 请补充 清晰的照片 "), version=1, by=place.leaders[1])
    assert [(row.id, row.text) for row in second.templates] == [(spam.id, "广告"), (photo.id, "请补充 清晰的照片")]
    assert [row.written_by for row in second.templates] == [place.leader.id, place.leaders[1].id]
    assert (first.version, second.version) == (1, 2)
    assert (await templates.get_template(place.id, advert.id)).deleted_at is not None


async def test_same_list_changes_nothing(place):
    before = await replace(place, PHOTO, SPAM, version=0)
    assert await replace(place, *map(keep, before.templates), version=1) == before


async def test_older_version_is_refused(place):
    await replace(place, PHOTO, version=0)
    refusal = await assert_refused(Conflict, templates.replace_all(place.leader, version=0, templates=[SPAM]))
    assert (refusal.reason, refusal.path) == ("reason_templates", ("version",))


async def test_concurrent_edits_have_one_winner(place):
    edits = [templates.replace_all(leader, version=0, templates=[PHOTO]) for leader in place.leaders]
    answers = await run_concurrently(*edits)
    assert [type(answer) for answer in answers].count(Conflict) == 1
    assert len((await get_list(place)).templates) == 1


async def test_residents_and_other_communities_are_refused(place):
    (mine,) = (await replace(place, PHOTO, version=0)).templates
    other = await create_community()
    await assert_refused(LeadersOnly, templates.replace_all(place.resident, version=1, templates=[]))
    refusal = await assert_refused(NotFound, templates.replace_all(other.leader, version=0, templates=[keep(mine)]))
    assert refusal.path == ("templates", "0", "id")
    await assert_refused(NotFound, templates.get_template(other.id, mine.id))


async def test_list_has_a_limit(place):
    full = await replace(place, *[PHOTO] * MAX_TEMPLATES, version=0)
    more = [*map(keep, full.templates), SPAM]
    refusal = await assert_refused(InvalidInput, templates.replace_all(place.leader, version=1, templates=more))
    assert (refusal.reason, refusal.figures) == ("templates", {"max": 50, "actual": 51})


async def test_mistakes_of_all_templates_come_together(place):
    given = [PHOTO, TemplateContent(TemplateKind.RETURN, " "), TemplateContent(TemplateKind.RETURN, "长" * 501)]
    refusal = await assert_refused(InvalidInput, templates.replace_all(place.leader, version=0, templates=given))
    assert [each.path for each in refusal.list_all()] == [("templates", "1", "text"), ("templates", "2", "text")]
    twice = TemplateContent(TemplateKind.RETURN, "照片", 1)
    refusal = await assert_refused(InvalidInput, templates.replace_all(place.leader, version=0, templates=[twice] * 2))
    assert refusal.reason == "templates_twice"


async def count_uses(place):
    return [row.uses for row in (await get_list(place)).templates]


async def test_each_use_is_counted_once(place):
    photo, advert, spam = (await replace(place, PHOTO, ADVERT, SPAM, version=0)).templates
    case = await get_open_case(await create_in_review(place))
    given = {"version": case.version, "what_to_change": "请补充照片", "template_id": photo.id}
    await review.send_back(place.leader, case.id, **given)
    await assert_refused(Conflict, review.send_back(place.leader, case.id, **given))
    case = await get_open_case(await create_in_review(place))
    await DecisionItem(case.id, case.version, Verdict.REJECTED, note="无关", template_id=advert.id).decide(place.leader)
    row = await create_published(place)
    await removing.remove(place.leader, row.id, version=row.version, reason="广告", template_id=spam.id)
    assert await count_uses(place) == [1, 1, 1]


async def test_upheld_report_counts_its_template(place):
    (spam,) = (await replace(place, SPAM, version=0)).templates
    row = await create_published(place)
    made = await reports.report(place.residents[1], row.id, category=ReportCategory.ADVERTISEMENT, text=None)
    case = await find_case(made.case_id)
    given = {"version": case.version, "reason": "广告"}
    await assert_refused(NotFound, reports.uphold(place.leader, case.id, template_id=spam.id + 9, **given))
    await reports.uphold(place.leader, case.id, template_id=spam.id, **given)
    assert await count_uses(place) == [1]


async def test_template_of_another_kind_decides_nothing(place):
    photo, spam = (await replace(place, PHOTO, SPAM, version=0)).templates
    case = await get_open_case(await create_in_review(place))
    for number in (spam.id, spam.id + 9):
        refusal = await assert_refused(
            NotFound,
            review.send_back(place.leader, case.id, version=case.version, what_to_change="请补充", template_id=number),
        )
        assert refusal.path == ("templateId",)
    row = await create_published(place)
    await assert_refused(
        NotFound, removing.remove(place.leader, row.id, version=row.version, reason="广告", template_id=photo.id)
    )
    assert await count_uses(place) == [0, 0]


async def test_deleted_template_can_still_be_named(place):
    (photo,) = (await replace(place, PHOTO, version=0)).templates
    await replace(place, version=1)
    case = await get_open_case(await create_in_review(place))
    await review.send_back(place.leader, case.id, version=case.version, what_to_change="请补充", template_id=photo.id)
    assert (await templates.get_template(place.id, photo.id)).uses == 1


def test_approval_names_no_template():
    with pytest.raises(InvalidInput) as caught:
        DecisionItem(1, 1, Verdict.APPROVED, (4, 4, 4), template_id=1)
    assert (caught.value.reason, caught.value.path) == ("only_refused", ("templateId",))
