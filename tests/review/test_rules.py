"""Scores and the recommended mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.review.rules import Scores, decide_recommended

score = st.integers(1, 5)


@pytest.mark.parametrize("criterion", ["authenticity", "usefulness", "resonance"])
@pytest.mark.parametrize("value", [-1, 0, 6, 2**63])
def test_score_beyond_scale_is_refused(criterion, value):
    with pytest.raises(InvalidInput) as refusal:
        Scores(**{"authenticity": 3, "usefulness": 3, "resonance": 3, criterion: value})
    assert (refusal.value.code, refusal.value.path) == ("INVALID_INPUT", ("scores", criterion))


@given(score, score, score)
def test_every_score_of_the_scale_is_taken(authenticity, usefulness, resonance):
    scores = Scores(authenticity, usefulness, resonance)
    assert scores.is_recommendable == (min(authenticity, usefulness, resonance) >= 4)


@pytest.mark.parametrize(
    ("scores", "wish", "marked"),
    [
        ((4, 4, 4), None, True),
        ((5, 5, 5), None, True),
        ((5, 5, 3), None, False),
        ((4, 4, 4), True, True),
        ((5, 5, 5), False, False),
        ((3, 3, 3), False, False),
    ],
)
def test_recommended_mark_is_decided_by_scores(scores, wish, marked):
    assert decide_recommended(Scores(*scores), requested=wish) is marked


@given(score, score, score)
def test_recommended_mark_needs_high_scores(authenticity, usefulness, resonance):
    scores = Scores(authenticity, usefulness, resonance)
    if scores.is_recommendable:
        assert decide_recommended(scores, requested=True)
        return
    with pytest.raises(InvalidInput) as refusal:
        decide_recommended(scores, requested=True)
    assert refusal.value.path == ("recommended",)
