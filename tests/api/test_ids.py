"""Global ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.api import ids
from community.kernel.errors import InvalidInput


@given(st.from_regex(r"[A-Z][A-Za-z]{1,40}", fullmatch=True), st.integers(1, 2**63 - 1))
def test_encoded_id_decodes_to_its_parts(kind, number):
    assert ids.split(ids.encode(kind, number), path="id") == (kind, number)


@given(st.text(max_size=60))
def test_decoded_text_is_an_encoded_id(text):
    try:
        kind, number = ids.split(text, path="id")
    except InvalidInput:
        return
    assert ids.encode(kind, number) == text


@pytest.mark.parametrize(
    "given_id", ["", "1", "Submission:1", "U3VibWlzc2lvbjow", "U3VibWlzc2lvbjotMQ", "U3VibWlzc2lvbjox=", "投稿"]
)
def test_invalid_id_is_refused(given_id):
    with pytest.raises(InvalidInput) as refused:
        ids.decode("Submission", given_id, path="submissionId")
    assert refused.value.path == ("submissionId",)


def test_id_of_another_type_is_refused():
    with pytest.raises(InvalidInput, match="Member, not of a Submission"):
        ids.decode("Submission", ids.encode("Member", 1), path="submissionId")
