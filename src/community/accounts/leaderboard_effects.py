"""Outbox effects by which boards and endorsements follow a person."""

from __future__ import annotations

from community.kernel import outbox


async def queue_rebuild(person_id: int) -> None:
    """Queue a rebuild of the boards of the person's communities.

    Call it when the boards begin or cease to show the person. Former communities are rebuilt too. Raises RuntimeError
    outside a transaction.
    """
    await outbox.put("leaderboards.rebuild_person", person_id=person_id)


async def queue_presence(person_id: int) -> None:
    """Queue what follows when a person leaves, returns, is banned, unbanned or erased.

    Raises RuntimeError outside a transaction.
    """
    await queue_rebuild(person_id)
    await outbox.put("effects.follow_expert", person_id=person_id)
