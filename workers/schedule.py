"""The schedule: names of effects and their intervals in seconds."""

from __future__ import annotations

RECONCILE = "leaderboards.reconcile"

SCHEDULE = {
    "effects.collect_media": 3_600,
    "effects.collect_removed": 3_600,
    "effects.fingerprint_pictures": 60,
    "effects.recover_screenings": 60,
    "effects.recover_comments": 60,
    "effects.recover_notes": 60,
    "effects.give_up_platform_checks": 60,
    "effects.sweep_incoming": 3_600,
    "effects.sweep": 3_600,
    "effects.seal": 3_600,
    "effects.index_cases": 86_400,
    "effects.index_publications": 86_400,
    "effects.index_comments": 86_400,
    "effects.offer_due_erasures": 600,
    RECONCILE: 60,
    "leaderboards.close_periods": 600,
    "effects.store_views": 60,
    "effects.time_out_holds": 60,
    "effects.end_points": 3_600,
    "effects.expire_redemptions": 60,
    "effects.announce_expiring_redemptions": 3_600,
    "effects.settle_projects": 60,
    "effects.resolve_promises": 60,
    "effects.announce_due_promises": 3_600,
    "effects.announce_ended_sanctions": 60,
    "effects.move_events": 60,
    "effects.remind_of_events": 600,
    "effects.remind_leaders": 300,
    "effects.send_announcements": 60,
    "effects.expire_credentials": 600,
    "effects.announce_expiring_credentials": 86_400,
    "effects.announce_endings": 86_400,
}
