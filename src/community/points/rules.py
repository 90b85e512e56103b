"""What is paid for what: pure arithmetic in whole points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RULE = "submission.approved"
RULE_VERSION = 1

# What an approved submission of a kind is worth when its three scores add up to ten of fifteen.
BASE = {
    "PRODUCT_REVIEW": 20,
    "USAGE_TIP": 10,
    "RECIPE": 20,
    "NEIGHBOURHOOD_STORY": 15,
    "PHOTOGRAPH": 10,
    "LEADER_PLAYBOOK": 30,
}
_PAR = 10


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount of whole points, and why it is that much."""

    amount: int
    explanation: dict[str, Any]


def price_of_approval(kind: str, *, authenticity: int, usefulness: int, resonance: int) -> Priced:
    """What an approved submission earns: its kind's base, in proportion to its three scores (1 to 5 each), at least 1.

    Three threes earn nine tenths of the base, three fives one and a half times; fractions are dropped.
    """
    total = authenticity + usefulness + resonance
    return Priced(
        max(1, BASE[kind] * total // _PAR),
        {
            "rule": RULE,
            "version": RULE_VERSION,
            "inputs": {
                "kind": kind,
                "authenticity": authenticity,
                "usefulness": usefulness,
                "resonance": resonance,
                "base": BASE[kind],
            },
        },
    )
