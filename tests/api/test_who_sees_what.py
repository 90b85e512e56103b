"""The table of fields, compared with what each caller gets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, get_named_type, is_object_type

from community.communities.settings import Visibility
from community.message_templates import MessageSource, MessageTemplate, MessageTopic
from tests.api.asking import SCHEMA, open_asker
from tests.api.gallery import build_gallery
from tests.api.random_documents import ask_randomly
from tests.api.seeing import CONTAINERS
from tests.api.who_sees_what import ANSWERS, TABLE, WITHOUT_VALUE, Audience, list_audiences
from tests.support.shadow import Comparison, compare_executors

pytestmark = pytest.mark.divided("visibility")
AUDIENCES = list_audiences()
FORMS = {"Query", "PageInfo", "TotalCount"}
RANDOM_DOCUMENTS = 30
LABELS = [label for label in TABLE if " " in label]


def list_visible_types(*roots: GraphQLObjectType) -> dict[str, GraphQLObjectType]:
    """Return the types that a field of a root or `node` leads to, except pages."""
    found: dict[str, GraphQLObjectType] = {}
    waiting = [*SCHEMA.get_possible_types(SCHEMA.type_map["Node"]), *roots]
    while waiting:
        kind = waiting.pop()
        if kind.name not in found and is_object_type(kind):
            found[kind.name] = kind
            waiting += [get_named_type(each.type) for each in kind.fields.values()]
    return {name: kind for name, kind in found.items() if name not in FORMS and not name.endswith(CONTAINERS)}


VISIBLE = list_visible_types(SCHEMA.query_type)
FIELDS = {(name, each) for name, kind in VISIBLE.items() for each in kind.fields}


def test_table_has_every_field():
    missing = {".".join(each) for each in FIELDS - set(AUDIENCES)}
    assert missing == set(), "a field without an audience: say who sees it in who_sees_what.py"
    assert set(AUDIENCES) - FIELDS == set()


def is_common(kind: GraphQLObjectType, name: str) -> bool:
    """Return True for a payload's errors, and for its thing with an id if nothing else is in it."""
    if not kind.name.endswith("Payload"):
        return False
    return name == "errors" or (len(kind.fields) == 2 and "id" in getattr(kind.fields[name].type, "fields", {}))


def test_answers_have_every_field_that_only_mutations_give():
    reached = list_visible_types(SCHEMA.query_type, SCHEMA.mutation_type)
    only = {name: kind for name, kind in reached.items() if name not in VISIBLE and name != "Mutation"}
    fields = {(name, each) for name, kind in only.items() for each in kind.fields if not is_common(kind, each)}
    named = {(name, each) for name, row in ANSWERS.items() for each in row.split()}
    assert {".".join(each) for each in fields ^ named} == set()


def test_table_has_each_field_once():
    assert len(AUDIENCES) == sum(len(names.split()) for row in TABLE.values() for names in row.values())


@pytest.fixture(scope="module", params=list(Visibility), ids=lambda each: each.value.lower())
def visibility(request):
    return request.param


@pytest.fixture(scope="module")
def gallery_settings(backend, visibility):
    """Settings for the database of one community. Only the walk uses it."""
    template = MessageTemplate(id="t", fields={"number1": MessageSource.POINTS})
    with backend.create_database() as settings:
        yield settings.model_copy(update={"wechat_templates": {MessageTopic.POINTS: template}})


@dataclass(frozen=True)
class Walk:
    """The callers who saw each field, by type and field, and the comparison of both executors.

    Random documents follow the walk, which alone needs no fallback: they contain errors.
    """

    seen: dict[tuple[str, str], set[str]]
    comparison: Comparison
    fallbacks: list[str]


@pytest_asyncio.fixture(scope="module")
async def walk(gallery_settings, visibility):
    async with open_asker(gallery_settings) as asker:
        gallery = await build_gallery(asker.world, visibility)
        with compare_executors() as comparison:
            seen = await gallery.look(asker.client)
            fallbacks = list(comparison.fallbacks)
            await ask_randomly(asker.client, gallery, RANDOM_DOCUMENTS)
        return Walk(seen, comparison, fallbacks)


@pytest.fixture
def seen(walk):
    """The callers who saw each field, by type and field."""
    return walk.seen


def test_executors_give_the_same_answers(walk):
    assert walk.comparison.differences == []
    assert walk.comparison.compared > 1_000
    assert walk.fallbacks == []


def get_expected(audience: Audience, visibility: Visibility) -> frozenset[str]:
    return audience.public if visibility is Visibility.PUBLIC else audience.closed


@pytest.mark.parametrize("kind", [label for label in TABLE if label not in LABELS])
def test_field_is_seen_by_its_audience_only(seen, visibility, kind):
    # The author is the owner of these things.
    expected = {
        name: get_expected(audience, visibility) - {"author"}
        for (label, name), audience in AUDIENCES.items()
        if label == kind and (kind, name) in seen
    }
    assert {name: seen[kind, name] for name in expected} == expected


@pytest.mark.parametrize("label", LABELS)
def test_guarded_thing_is_seen_by_its_audience_only(seen, visibility, label):
    (audience,) = TABLE[label]
    expected = get_expected(audience, visibility)
    assert seen[label, "id"] == expected
    for (found, name), callers in seen.items():
        if found == label:
            assert callers <= expected, f"{label}.{name}"


def test_field_has_a_value_in_the_gallery(seen):
    found = {(label.partition(" ")[0], name) for label, name in seen}
    assert {".".join(each) for each in FIELDS - found} == WITHOUT_VALUE
