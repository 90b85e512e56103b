"""English texts of leaderboards."""

TEXTS = {
    "board.points": "Points earned, without points that were taken back.",
    "board.published": "Submissions that were published for the first time, and are public.",
    "board.likes": "Likes received for public submissions, without one's own.",
    "board.reviews": "Decisions of leaders on submissions.",
    "board.endorsements_given": "Submissions that experts endorsed, without withdrawn endorsements.",
    "board.contests": "Prizes of closed events: 3 for gold, 2 for silver, 1 for bronze. A drawn prize does not count.",
    "board_tie.shared_rank": "Equal scores share a rank and leave a gap after it: 1, 2, 2, 4. The earlier member comes first.",
    "board_excludes.leader": "Leaders of the community.",
    "board_excludes.erased": "Persons whose data was erased.",
    "board_excludes.suspended": "Persons whom the operator has suspended.",
    "board_excludes.former_member": "Former members.",
    "board_excludes.guardian_missing": "Children whose guardian has not confirmed.",
    "board_excludes.consent_missing": "Members who have not consented to leaderboards.",
    "board_exclusion.leader": "You lead this community, and this leaderboard shows residents only. See the leaderboard of reviews.",
    "board_exclusion.erased": "Your data was erased, so leaderboards do not show you.",
    "board_exclusion.suspended": "You are suspended, so leaderboards do not show you. Please contact the operator.",
    "board_exclusion.former_member": "You have left this community, so its leaderboards do not show you. Join again to appear on them.",
    "board_exclusion.guardian_missing": "Your guardian has not confirmed, so leaderboards do not show you. Ask your guardian to confirm.",
    "board_exclusion.consent_missing": "You have not consented to leaderboards, so they do not show you. Consent to appear on them.",
}
