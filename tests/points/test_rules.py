"""Pure rules: allocation, expiry and levels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN, Facts
from community.points.earning.rules import compute_amount as priced
from community.submissions.models import SubmissionKind

APPROVED = BUILT_IN[Trigger.SUBMISSION_APPROVED]
BASE = APPROVED.by_kind
score = st.integers(1, 5)


def price(kind: str, authenticity: int, usefulness: int, resonance: int) -> int:
    return priced(APPROVED, Facts(kind=kind, scores=(authenticity, usefulness, resonance)))[0]


def test_every_kind_has_a_price():
    assert set(BASE) == {kind.value for kind in SubmissionKind}


@pytest.mark.parametrize(
    ("kind", "scores", "amount"),
    [
        ("PRODUCT_REVIEW", (1, 1, 1), 6), ("PRODUCT_REVIEW", (3, 3, 3), 18), ("PRODUCT_REVIEW", (5, 5, 5), 30),
        ("USAGE_TIP", (1, 1, 1), 3), ("USAGE_TIP", (3, 3, 4), 10), ("USAGE_TIP", (5, 5, 5), 15),
        ("RECIPE", (1, 1, 2), 8), ("RECIPE", (4, 5, 4), 26),
        ("NEIGHBOURHOOD_STORY", (1, 1, 1), 4), ("NEIGHBOURHOOD_STORY", (3, 4, 4), 16),
        ("NEIGHBOURHOOD_STORY", (5, 5, 5), 22),
        ("PHOTOGRAPH", (2, 2, 1), 5), ("PHOTOGRAPH", (5, 4, 4), 13),
        ("LEADER_PLAYBOOK", (1, 1, 1), 9), ("LEADER_PLAYBOOK", (5, 5, 5), 45),
    ],
)  # fmt: skip
def test_the_price_list(kind, scores, amount):
    assert price(kind, *scores) == amount


@given(st.sampled_from(sorted(BASE)), score, score, score)
def test_a_price_is_the_base_in_proportion_with_fractions_dropped(kind, a, u, r):
    amount = price(kind, a, u, r)
    assert amount >= 1
    assert amount * 10 <= BASE[kind] * (a + u + r) < (amount + 1) * 10
    assert isinstance(amount, int)
    assert price(kind, r, a, u) == amount


@given(st.sampled_from(sorted(BASE)), score, score, st.integers(1, 4))
def test_a_better_score_never_earns_less(kind, a, u, r):
    assert price(kind, a, u, r) <= price(kind, a, u, r + 1)


def test_a_price_is_explained_by_what_it_was_reckoned_from():
    assert priced(APPROVED, Facts(kind="RECIPE", scores=(1, 2, 3)))[1] == {
        "kind": "RECIPE", "authenticity": 1, "usefulness": 2, "resonance": 3, "base": 20,
    }  # fmt: skip
