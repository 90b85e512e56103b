"""All invariants that `community audit` checks."""

from __future__ import annotations

from community.kernel.derived_invariants import derive_invariants
from community.kernel.rooms import import_modules
from community.kernel.tables import Table

BOOKS = {
    f"community.{room}.models"
    for room in (
        "communities", "points", "points.earning", "submissions", "submissions.reactions", "submissions.topics",
        "rewards", "rewards.pick_up", "rewards.special", "review", "review.screening", "review.appeals",
        "conversation", "leaderboards", "events",
    )
}  # fmt: skip
"""The modules whose conditions and references are checked too, although the database enforces them."""

import_modules("models")
DERIVED = tuple(derive_invariants(Table.__subclasses__(), of=BOOKS))
INVARIANTS = (*(one for module in import_modules("*invariants") for one in module.INVARIANTS), *DERIVED)
