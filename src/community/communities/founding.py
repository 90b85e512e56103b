"""Founding of a community."""

from __future__ import annotations

from typing import Any

from community.communities.invitations import invite_leader
from community.communities.profile import record_change
from community.communities.queries import InvitationRow
from community.communities.settings import EDITABLE_SETTINGS, SETTINGS, parse_founding
from community.kernel import audit, clock, db

_NEW_COMMUNITY = db.Change(
    f"INSERT INTO community (created_at, {', '.join(SETTINGS)})"
    f" VALUES ($1, {', '.join(f'${number}' for number, _ in enumerate(SETTINGS, 2))}) RETURNING id",
    db.Id,
)


@db.transactional
async def create_community(**given: Any) -> InvitationRow:
    """Create a community and return the invitation for its first leader.

    It is for the operator. `given` are settings by name. The defaults apply to the others, and `name` has none.
    Raises InvalidInput, and TypeError for an unknown setting or a value of another kind.
    """
    values = parse_founding(given)
    community = await _NEW_COMMUNITY.one(clock.now(), *values.values())
    # An empty text is no value: the history begins with what the community was founded with.
    changes = {name: values[name] for name in EDITABLE_SETTINGS if values[name] != ""}
    await record_change(community.id, version=1, actor_id=None, changes=changes)
    await audit.record(
        community.id, None, "community.found",
        subject="community", subject_id=community.id, time_zone=values["time_zone"],
    )  # fmt: skip
    return await invite_leader(community.id)
