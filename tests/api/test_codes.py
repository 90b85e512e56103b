"""The codes with which a mutation can refuse."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from community.api.amounts import POINTS_SCALAR, Points
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.mutation_errors import CODES, MutationError, declare_codes
from community.api.mutations import mutation
from community.communities.errors import LastLeader
from community.kernel.errors import InvalidInput
from tests.support.declared import require_declared_codes


@input_type
class CloseDoorInput:
    """Input for `closeDoor`."""

    confirm: bool = field(default=True, description="True to close it.")


@object_type
class DoorMutation:
    """A mutation with a refusal that it does not declare."""

    @mutation()
    async def close_door(self, info: Info, input: CloseDoorInput) -> None:
        """Close the door. Refuses with NOT_FOUND."""
        raise LastLeader


class Nobody:
    """A context without a caller."""

    def guard_caller(self):
        """Guard nothing."""
        return nullcontext()

    def forget(self):
        """Forget nothing."""


SCHEMA = strawberry.Schema(
    query=MutationError,
    mutation=DoorMutation,
    config=StrawberryConfig(scalar_map={Points: POINTS_SCALAR}),
)


def test_undeclared_code_fails_its_test(undeclared):
    with pytest.raises(AssertionError, match="mutation=checkIn codes=LAST_LEADER"), require_declared_codes():
        MutationError.list_of(LastLeader(), "checkIn")
    undeclared.clear()  # The check of this test itself has seen it too.


def test_undeclared_code_of_a_further_mistake_is_seen(undeclared):
    MutationError.list_of(InvalidInput().join([LastLeader()]), "checkIn")
    assert undeclared == ["undeclared refusal: mutation=checkIn codes=LAST_LEADER"]
    undeclared.clear()


async def test_refusal_is_checked_without_asking_for_codes(undeclared):
    answer = await SCHEMA.execute("mutation { closeDoor(input: {}) { __typename } }", context_value=Nobody())
    assert answer.data == {"closeDoor": {"__typename": "CloseDoorPayload"}}
    assert undeclared == ["undeclared refusal: mutation=closeDoor codes=LAST_LEADER"]
    undeclared.clear()


def test_code_outside_a_sentence_of_refusal_is_not_declared():
    codes = declare_codes("inTest", "Do it. NOT_FOUND is a code. Refuses with BANNED or IN_DEBT. LAST_LEADER.")
    assert codes - CODES["dataExportRequest"] == {"BANNED", "IN_DEBT"}


def test_unknown_code_in_a_description_is_refused():
    with pytest.raises(TypeError, match="NO_SUCH_CODE"):
        declare_codes("inTest", "Do it. Refuses with NO_SUCH_CODE.")
