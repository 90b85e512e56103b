"""Draws of prizes that every person can verify. Pure.

The seed of an event is random and hidden until the result. Its SHA-256, the commitment, is public from the beginning.
So the seed cannot be chosen when the entries are known. The ticket of an entry is the SHA-256 of seed, event and entry.
The lowest tickets win.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import replace

from community.events.kinds import PrizeTier
from community.events.rules import Placed

SEED_BYTES = 32


def generate_seed() -> str:
    """Return a random seed."""
    return secrets.token_hex(SEED_BYTES)


def is_seed(text: str) -> bool:
    """Return True if the text is a seed that is not sealed."""
    return len(text) == 2 * SEED_BYTES and all(digit in string.hexdigits for digit in text)


def compute_commitment(seed: str) -> str:
    """Return the SHA-256 of a seed, which is published before the draw."""
    return hashlib.sha256(seed.encode()).hexdigest()


def compute_ticket(seed: str, event_id: int, entry_id: int) -> str:
    """Return the ticket of an entry."""
    return hashlib.sha256(f"{seed}:{event_id}:{entry_id}".encode()).hexdigest()


def draw(seed: str, event_id: int, placed: Sequence[Placed], number: int) -> list[Placed]:
    """Return the entries with up to `number` drawn prizes.

    Each member without another prize has one chance, with the earliest entry.
    """
    winners = {one.membership_id for one in placed if one.prize is not None}
    chances: dict[int, int] = {}
    for one in sorted(placed, key=lambda one: one.entry_id):
        if one.membership_id not in winners:
            chances.setdefault(one.membership_id, one.entry_id)
    drawn = sorted(chances.values(), key=lambda entry_id: compute_ticket(seed, event_id, entry_id))[:number]
    return [replace(one, prize=PrizeTier.DRAWN) if one.entry_id in drawn else one for one in placed]
