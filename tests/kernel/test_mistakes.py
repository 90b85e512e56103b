"""All mistakes of an input are in one refusal."""

from __future__ import annotations

import pytest

from community.kernel import mistakes
from community.kernel.errors import InvalidInput, NotFound, Refusal
from community.kernel.texts import normalise_text


def collect_three() -> None:
    with mistakes.collect() as check:
        check(normalise_text, "长" * 3, max_length=2, path=("title",))
        check(normalise_text, "好", max_length=2, path=("name",))
        check.add(InvalidInput("nul", path=("text",)))
        check.add(InvalidInput("future", path=("occurredAt",)))


def collect_nested() -> None:
    with mistakes.collect() as check:
        check.add(InvalidInput("id", path=("id",)))
        check(collect_three)


def collect_same_path() -> None:
    with mistakes.collect() as check:
        check.add(InvalidInput("id", path=("id",)))
        check.add(InvalidInput("nul", path=("id",)))


def collect_and_refuse() -> None:
    with mistakes.collect() as check:
        check.add(InvalidInput("id", path=("id",)))
        raise NotFound


def test_every_mistake_is_in_the_refusal():
    with pytest.raises(InvalidInput) as refused:
        collect_three()
    assert [(each.reason, each.path) for each in refused.value.list_all()] == [
        ("length", ("title",)), ("nul", ("text",)), ("future", ("occurredAt",)),
    ]  # fmt: skip


def test_nested_mistakes_are_joined():
    with pytest.raises(InvalidInput) as refused:
        collect_nested()
    assert [each.path for each in refused.value.list_all()] == [("id",), ("title",), ("text",), ("occurredAt",)]


def test_first_mistake_of_a_path_is_kept():
    with pytest.raises(InvalidInput) as refused:
        collect_same_path()
    assert [each.reason for each in refused.value.list_all()] == ["id"]


def test_input_without_mistakes_has_its_values():
    with mistakes.collect() as check:
        title = check(normalise_text, " 好 ", max_length=2, path=("title",))
    assert title == "好"


def test_refusal_of_the_block_is_raised_alone():
    with pytest.raises(NotFound) as refused:
        collect_and_refuse()
    assert refused.value.also == ()


def test_stored_refusal_keeps_every_mistake():
    with pytest.raises(InvalidInput) as refused:
        collect_three()
    again = Refusal.from_json(refused.value.to_json())
    assert [each.to_json() for each in again.list_all()] == [each.to_json() for each in refused.value.list_all()]


def test_input_with_many_mistakes_is_not_checked_further():
    asked = iter(range(1_000))

    def refuse() -> None:
        raise InvalidInput("id", path=(str(next(asked)),))

    def refuse_often() -> None:
        with mistakes.collect() as check:
            while True:
                check(refuse)

    with pytest.raises(InvalidInput) as caught:
        refuse_often()
    assert len(list(caught.value.list_all())) == mistakes.MAX_MISTAKES == next(asked)
