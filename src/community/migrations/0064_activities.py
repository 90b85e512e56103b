"""Offline activities with places and attendance."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE event ADD COLUMN code TEXT",
            "ALTER TABLE event_entry ADD COLUMN attended_at TIMESTAMPTZ",
            replace_check(
                "event",
                "event_kind",
                was="kind IN ('PHOTO_CONTEST', 'STORY_CALL')",
                now="kind IN ('PHOTO_CONTEST', 'STORY_CALL', 'ACTIVITY')",
            ),
            replace_check(
                "event_entry",
                "event_entry_state",
                was="state IN ('ENTERED', 'WITHDRAWN', 'DISQUALIFIED')",
                now="state IN ('ENTERED', 'WAITING', 'WITHDRAWN', 'DISQUALIFIED')",
            ),
            replace_check(
                "event_entry",
                "event_entry_ended",
                was="(state = 'ENTERED') = (ended_at IS NULL)",
                now="(state IN ('ENTERED', 'WAITING')) = (ended_at IS NULL)",
            ),
            "CREATE UNIQUE INDEX event_entry_place ON event_entry (community_id, event_id, membership_id)"
            " WHERE submission_id IS NULL AND state <> 'WITHDRAWN'",
        )
    ]
