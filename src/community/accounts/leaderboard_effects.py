"""The outbox effect that rebuilds the boards of a person's communities."""

from __future__ import annotations

from community.kernel import outbox


async def queue_rebuild(person_id: int) -> None:
    """Queue a rebuild of the boards of the person's communities.

    Call it when the boards begin or cease to show the person. Former communities are rebuilt too. Raises RuntimeError
    outside a transaction.
    """
    await outbox.put("leaderboards.rebuild_person", person_id=person_id)
