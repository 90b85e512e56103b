"""Every column with personal data, with its place in the archive or the reason for omission.

`test_registry.py` compares this with the models, with an archive and with docs/privacy.md. It fails for a table or
column that is missing here, for a column that is missing in the archive, and for a table that the document omits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Role:
    """Rows of a person, with the condition that finds them and their file in the archive.

    `$person` and `$member` stand for the person and their membership. The archive has each column under its own name,
    or under its name in `named`. It omits the columns of `untold`, each for the reason given.
    """

    whose: str
    file: str
    untold: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def condition(self) -> str:
        """The rows, as an SQL condition."""
        if " " in self.whose:
            return self.whose
        return f"{self.whose} = {'$person' if self.whose in PERSONS else '$member'}"


@dataclass(frozen=True)
class Kept:
    """A table with personal data, its line in the document, and the owners of its rows."""

    table: str
    documented: str
    roles: tuple[Role, ...] = ()
    untold: Mapping[str, str] = field(default_factory=dict)
    """Columns that lead to a person whose archive omits the rows, each with the reason."""
    besides: Mapping[str, str] = field(default_factory=dict)
    """Columns that the document describes in their own words."""


PERSONS = {"person_id", "guardian_id"}

SECRET = "it opens something, or stands for what does"
INSIDE = "how the service works, and nothing about the person"
BY_SIDE = "whose it is, is whose archive it is"
OTHERS = "it is another person's"
ELSEWHERE = "told by the row that it hangs on"


def _each(reason: str, columns: str) -> dict[str, str]:
    return dict.fromkeys(columns.split(), reason)


_ACCOUNT = "SELECT id FROM account WHERE membership_id = $member"
_REVISIONS = (
    "revision_id IN (SELECT r.id FROM submission_revision r JOIN submission s ON s.id = r.submission_id"
    " WHERE s.author_id = $member)"
)
_ADJUSTMENT = _each(OTHERS, "requested_by decided_by")

REGISTRY: tuple[Kept, ...] = (
    # --- accounts ---------------------------------------------------------------------------------------------
    Kept("person", "nickname", (
        Role("id = $person", "accounts/person.json",
             {"erased_at": "nobody who is erased has an archive", "search_name": "in another form"}),
    ), besides={"born_on": "date of birth", "banned_at": "suspension", "ban_reason": "and its reason",
                "language": "language of sentences", "search_name": "nickname"}),
    Kept("platform_identity", "platform ids", (
        Role("person_id", "accounts/person.json", _each(SECRET, "subject subject_sealed session_key_sealed"),
             {"created_at": "linked_at"}),
    )),
    Kept("person_phone", "telephone number", (
        Role("person_id", "accounts/person.json", _each("told as the number itself", "digest sealed"),
             {"bound_at": "telephone_bound_at"}),
    )),
    Kept("guardianship", "guardianship", (
        Role("person_id", "consent/guardian.json", {"code_digest": SECRET, "guardian_id": "told by their nickname"}),
        Role("guardian_id", "consent/guardian_of.json",
             _each("gone once it is confirmed", "code_digest code_expires_at")),
    )),
    Kept("login_session", "sessions", (Role("person_id", "accounts/sessions.json"),)),
    Kept("refresh_token", "refresh tokens", (
        Role("session_id IN (SELECT id FROM login_session WHERE person_id = $person)", "accounts/refreshes.json",
             {"digest": SECRET}),
    )),
    Kept("login_attempt", "login attempts", untold=_each("a day's count, under a digest", "who since attempts"),
         besides={"who": "of addresses, and of people's numbers"}),
    Kept("consent", "consents", (Role("person_id", "consent/consents.json"),)),
    # --- communities -------------------------------------------------------------------------------------------
    Kept("membership", "memberships and roles", (
        Role("person_id", "communities/memberships.json"),
        Role("invited_by", "communities/invited.json", _each(OTHERS, "person_id joined_at left_at")),
    )),
    Kept("membership_role", "memberships and roles", (
        Role("membership_id", "communities/memberships.json", {"community_id": ELSEWHERE}),
    )),
    Kept("invitation", "invitations that leaders made", (
        Role("created_by", "communities/invitations.json", {"code": SECRET}),
    )),
    Kept("invitation_use", "invitations that leaders made", (
        Role("membership_id", "communities/memberships.json", {"community_id": ELSEWHERE}),
    )),
    Kept("complaint", "complaints", (Role("membership_id", "review/complaints.json"),)),
    Kept("complaint_message", "complaints", (
        Role("author_id", "review/complaint_messages.json"),
        Role("complaint_id IN (SELECT id FROM complaint WHERE membership_id = $member)",
             "review/complaint_messages.json", _each(OTHERS, "author_id")),
    )),
    Kept("comment", "comments", (Role("author_id", "conversation/comments-*.json"),)),
    Kept("comment_revision", "comments", (
        Role("comment_id IN (SELECT id FROM comment WHERE author_id = $member)", "conversation/comments-*.json"),
    )),
    Kept("comment_mention", "comments", (
        Role("membership_id", "conversation/mentions_of_me.json",
             _each(OTHERS, "revision_id position") | {"membership_id": BY_SIDE}),
    )),
    Kept("comment_like", "comments", (Role("membership_id", "conversation/comment_likes.json"),)),
    Kept("comment_hiding", "comments", (
        Role("author_id", "conversation/hidden_comments.json",
             _each(OTHERS, "hidden_by restored_by") | {"author_id": BY_SIDE}),
        Role("hidden_by", "conversation/comments_hidden_by_me.json", _each(OTHERS, "author_id restored_by")),
        Role("restored_by", "conversation/comments_hidden_by_me.json", _each(OTHERS, "author_id hidden_by")),
    )),
    Kept("comment_thread", "comments", (
        Role("closed_by", "conversation/threads_closed_by_me.json", _each(OTHERS, "comment_count public_count")
             | {"closed_by": BY_SIDE}),
    )),
    Kept("sanction", "sanctions of members", (
        Role("membership_id", "communities/sanctions.json", _each(OTHERS, "given_by lifted_by")),
        Role("given_by", "communities/sanctions.json", _each(OTHERS, "membership_id lifted_by")),
        Role("lifted_by", "communities/sanctions.json", _each(OTHERS, "membership_id given_by")),
    )),
    Kept("trust", "trust in authors", (
        Role("membership_id", "communities/trusts.json", _each(OTHERS, "given_by ended_by")),
        Role("given_by", "communities/trusts.json", _each(OTHERS, "membership_id ended_by")),
        Role("ended_by", "communities/trusts.json", _each(OTHERS, "membership_id given_by")),
    )),
    Kept("member_block", "blocks of members", (
        Role("membership_id", "communities/blocks.json"),
    ), untold={"blocked_id": "only the member who blocks sees a block"}),
    Kept("service_token", "names of services and seasons", (
        Role("created_by", "communities/service_tokens.json", {"digest": SECRET} | _each(OTHERS, "approved_by")),
        Role("approved_by", "communities/service_tokens.json", {"digest": SECRET} | _each(OTHERS, "created_by")),
    )),
    Kept("community_change", "community profile texts", (
        Role("changed_by", "communities/community_edits.json"),
    )),
    # --- content ---------------------------------------------------------------------------------------------
    Kept("submission", "submissions, tags, likes", (
        Role("author_id", "submissions/written-*.json"),
        Role("state = 'REMOVED' AND author_id <> $member", "submissions/removed_by_me.json",
             _each(OTHERS, "author_id kind state version latest_revision published_revision published_at recommended"
                   " like_count created_at liked_week week_likes sent_revision published_for masks published_ahead"),
             {"note": "reason", "updated_at": "removed_at"}),
    )),
    Kept("submission_revision", "submissions, tags, likes", (
        Role("submission_id IN (SELECT id FROM submission WHERE author_id = $member)", "submissions/written-*.json"),
    )),
    Kept("revision_tag", "submissions, tags, likes", (
        Role(_REVISIONS, "submissions/written-*.json", _each(ELSEWHERE, "community_id revision_id position"),
             {"tag": "tags"}),
    )),
    Kept("revision_media", "pictures", (
        Role(_REVISIONS, "submissions/written-*.json", _each(ELSEWHERE, "community_id revision_id position"),
             {"media_id": "pictures"}),
    )),
    Kept("submission_like", "submissions, tags, likes", (Role("membership_id", "submissions/likes.json"),)),
    Kept("submission_favourite", "favourites", (Role("membership_id", "submissions/favourites.json"),)),
    Kept("submission_share", "shares", (Role("membership_id", "submissions/shares.json"),)),
    Kept("credential", "credentials of experts", (
        Role("membership_id", "experts/credentials.json", _each(INSIDE, "version")),
    )),
    Kept("endorsement", "endorsements", (Role("membership_id", "experts/endorsements.json"),)),
    Kept("endorsement_request", "endorsements", (
        Role("membership_id", "experts/endorsement_requests.json", _each(OTHERS, "requested_by")),
        Role("requested_by", "experts/endorsement_requests.json", _each(OTHERS, "membership_id")),
    )),
    Kept("event", "events of a community", (
        Role("written_by", "events/events.json", {"reminded_at": INSIDE, "draw_seed": INSIDE}),
    )),
    Kept("event_entry", "entries in events", (
        Role("membership_id", "events/entries.json", {"shuffle": INSIDE, "ended_by": OTHERS}),
        Role("ended_by", "events/entries.json", {"shuffle": INSIDE, "membership_id": OTHERS}),
    )),
    Kept("event_voter", "votes in events", (Role("membership_id", "events/voting.json"),)),
    Kept("event_vote", "votes in events", (Role("membership_id", "events/votes.json"),)),
    Kept("event_juror", "juries of events", (
        Role("membership_id", "events/jurors.json", _each(OTHERS, "appointed_by")),
        Role("appointed_by", "events/jurors.json", _each(OTHERS, "membership_id")),
    )),
    Kept("event_score", "juries of events", (Role("membership_id", "events/scores.json"),)),
    Kept("event_prize", "entries in events", (Role("membership_id", "events/prizes.json"),)),
    Kept("event_check_in", "check-ins and answers in events", (Role("membership_id", "events/check_ins.json"),)),
    Kept("event_answer", "check-ins and answers in events", (Role("membership_id", "events/answers.json"),)),
    Kept("event_question", "questions of riddles", (Role("written_by", "events/questions.json"),)),
    Kept("topic", "topics of a community", (Role("opened_by", "submissions/topics.json"),)),
    Kept("submission_removal", "decisions and their reasons", (
        Role("author_id", "submissions/removals_of_mine.json", _each(OTHERS, "removed_by restored_by")
             | {"author_id": BY_SIDE}),
        Role("removed_by", "submissions/removals_by_me.json", _each(OTHERS, "author_id restored_by")),
        Role("restored_by", "submissions/removals_by_me.json",
             _each(OTHERS, "author_id removed_by") | {"discarded_at": "what was restored is not discarded"}),
    )),
    Kept("media", "pictures", (
        Role("person_id", "pictures/pictures.json", _each(INSIDE, "name original_name attempts")),
    ), besides={"digest": "its digest"}),
    Kept("picture_fingerprint", "fingerprints of pictures", (
        Role("media_id IN (SELECT id FROM media WHERE person_id = $person)", "pictures/pictures.json",
             _each("computed from the picture, which is in the archive", "id hashes square")
             | {"digest": "told with the picture", "media_id": "told with the picture"}),
    ), besides={"hashes": "hashes", "square": "square", "digest": "digest"}),
    Kept("media_use", "pictures", (
        Role("media_id IN (SELECT id FROM media WHERE person_id = $person)", "pictures/uses.json"),
    )),
    Kept("review_case", "decisions and their reasons", (
        Role("author_id", "review/cases.json",
             _each(INSIDE, "queue_rank reminders")
             | _each(OTHERS, "excluded_id also_excluded_id claimed_by claimed_at claimed_until escalated_by"
                     " escalation_note")),
        Role("escalated_by", "review/escalations.json",
             _each(INSIDE, "queue_rank reminders")
             | _each(OTHERS, "kind submission_id revision_id author_id excluded_id also_excluded_id state version"
                     " opened_at due_at solve_due_at answered_at closed_at claimed_by claimed_at claimed_until"
                     " thing thing_id thing_revision")),
    ), untold={
        "excluded_id": "the decision itself is in the archive",
        "also_excluded_id": "the decision itself is in the archive",
        "claimed_by": "a claim ends within 30 minutes",
    }),
    Kept("appeal", "appeals and reports", (
        Role("author_id", "appeals/appeals.json", {"answered_by": OTHERS}),
        Role("answered_by", "appeals/appeals_answered_by_me.json", _each(OTHERS, "author_id text")),
    )),
    Kept("report", "appeals and reports", (Role("reporter_id", "appeals/reports.json", {"case_id": INSIDE}),)),
    Kept("case_reason", "decisions and their reasons", (
        Role("case_id IN (SELECT id FROM review_case WHERE author_id = $member)", "review/case_reasons.json",
             {"id": INSIDE}),
    )),
    Kept("screening", "screenings of submissions", (
        Role("author_id", "review/screenings.json", {"findings": "what the lists of words say about the texts"}),
    )),
    Kept("review_decision", "decisions and their reasons", (
        Role("decided_by", "review/decisions_by_me.json"),
        Role("case_id IN (SELECT id FROM review_case WHERE author_id = $member)", "review/decisions_about_me.json",
             {"decided_by": OTHERS}),
    )),
    # --- points ------------------------------------------------------------------------------------------------------
    Kept("account", "points", (Role("membership_id", "points/account-*.json", {"kind": INSIDE}),)),
    Kept("journal_entry", "points", (
        Role(f"id IN (SELECT entry_id FROM posting WHERE to_account_id IN ({_ACCOUNT}))", "points/account-*.json",
             _each(ELSEWHERE, "community_id created_at")),
    )),
    Kept("posting", "points", (
        Role(f"to_account_id IN ({_ACCOUNT})", "points/account-*.json",
             {"community_id": ELSEWHERE, **_each(BY_SIDE, "from_account_id to_account_id from_balance")},
             {"to_balance": "balance"}),
    )),
    Kept("lot", "points", (
        Role(f"account_id IN ({_ACCOUNT})", "points/lots.json", _each(ELSEWHERE, "account_id posting_id")),
    )),
    Kept("lot_movement", "points",
         untold=_each("how lines of the statement were taken from lots, both of which are told",
                      "community_id lot_id posting_id amount returns_id")),
    Kept("points_hold", "points", (Role("membership_id", "points/holds.json"),)),
    Kept("award", "points", (Role("membership_id", "points/awards.json"),)),
    Kept("leaderboard_score", "points",
         untold=_each("sums of awards, submissions, likes and decisions, which are told",
                      "community_id membership_id board kind period starts_at ends_at score version hidden"
                      " everywhere")),
    Kept("podium_place", "leaderboards", (Role("membership_id", "leaderboards/places.json"),)),
    Kept("honour", "leaderboards", (Role("membership_id", "leaderboards/honours.json", {"closing_id": ELSEWHERE}),)),
    Kept("check_in", "check-ins", (Role("membership_id", "points/check_ins.json"),)),
    Kept("interaction", "interactions that the ordering system reports", (
        Role("membership_id", "points/interactions.json"),
        Role("invitee_id", "points/interactions.json", _each("an invitation has none", "name purchase")),
    )),
    Kept("adjustment", "corrections by hand", (
        Role("membership_id", "points/adjustments.json", _ADJUSTMENT),
        Role("requested_by", "points/adjustments.json", _ADJUSTMENT),
        Role("decided_by", "points/adjustments.json", _ADJUSTMENT),
    )),
    Kept("earning_rule", "rules of a community", (Role("published_by", "points/rules_by_me.json"),)),
    Kept("season", "names of services and seasons", (Role("created_by", "points/seasons_by_me.json"),)),
    # --- rewards ---------------------------------------------------------------------------------------------
    Kept("redemption", "redemptions", (
        Role("membership_id", "rewards/redemptions.json", {"code": SECRET}),
    )),
    Kept("redemption_event", "redemptions", (
        Role("redemption_id IN (SELECT id FROM redemption WHERE membership_id = $member)", "rewards/redemptions.json",
             {"actor_id": OTHERS}),
        Role("actor_id", "rewards/actions.json"),
    )),
    Kept("trial_promise", "redemptions", (Role("membership_id", "rewards/promises.json"),)),
    Kept("coupon_code", "codes of coupons", (
        Role("redemption_id IN (SELECT id FROM redemption WHERE membership_id = $member)", "rewards/redemptions.json",
             _each(SECRET, "digest code_sealed") | {"imported_by": OTHERS}),
        Role("imported_by", "rewards/imported.json", _each(SECRET, "digest code_sealed")),
    )),
    Kept("reward", "rewards, pick-up points and reports", (Role("written_by", "rewards/rewards.json"),)),
    Kept("review_opinion", "approvals by two leaders", (Role("given_by", "review/opinions.json"),)),
    Kept("reason_template", "reason templates", (Role("written_by", "review/reason_templates.json"),)),
    Kept("pick_up_point", "rewards, pick-up points and reports", (
        Role("written_by", "rewards/pick_up_points.json"),
    )),
    Kept("project_report", "rewards, pick-up points and reports", (Role("author_id", "rewards/reports.json"),)),
    Kept("pick_up_helper", "helpers at pick-up points", (
        Role("membership_id", "rewards/helping.json", _each(OTHERS, "appointed_by")),
        Role("appointed_by", "rewards/helpers.json", _each(OTHERS, "membership_id")),
    )),
    Kept("platform_check", "checks of submissions by WeChat", (
        Role("person_id", "safety/platform_checks.json", _each(INSIDE, "trace_id attempts")),
    )),
    Kept("word_list", "word lists", (Role("published_by", "safety/word_lists_by_me.json"),)),
    # --- records of the service --------------------------------------------------------------------------------------
    Kept("announcement", "announcements of leaders", (Role("written_by", "notices/announcements.json"),)),
    Kept("notice_mute", "inbox", (Role("membership_id", "notices/muted.json"),)),
    Kept("message_quota", "subscription messages of WeChat", (Role("person_id", "notices/message_quotas.json"),)),
    Kept("message_entry", "subscription messages of WeChat", (Role("person_id", "notices/message_entries.json"),)),
    Kept("notice", "inbox", (Role("membership_id", "notices/inbox.json"),)),
    Kept("idempotency_record", "idempotency keys", (
        Role("person_id", "privacy/calls.json",
             {"fingerprint": INSIDE, "answer": "they have had it; a token's secret may be in it"}),
    )),
    Kept("audit_event", "audit trail", (
        Role("actor_id", "privacy/actions.json"),
        Role("(subject = 'membership' AND subject_id = $member) OR (subject = 'person' AND subject_id = $person)",
             "privacy/about_me.json",
             {"actor_id": OTHERS, **_each(BY_SIDE, "subject subject_id")}),
    )),
    Kept("data_export", "export and erasure requests", (
        Role("person_id", "privacy/exports.json", {"archive": SECRET}),
    )),
    Kept("erasure", "export and erasure requests", (Role("person_id", "privacy/erasures.json"),)),
)  # fmt: skip

NOBODY = {
    "event_result": "ids and counts, which event_entry tells",
    "leaderboard_closing": "the ends of periods of a board",
    "community": "what leaders wrote into it is in community_change",
    "consent_document": "the operator's words",
    "project": "a state and times",
    "project_report_media": "pictures of reports, which media_use tells",
    "reward_media": "pictures of rewards, which media_use tells",
    "two_person_kind": "kinds that a community chose",
    "reward_pick_up_point": "where a reward can be collected",
    "reward_stock": "counts of pieces",
    "service_slot": "times that a community offers",
    "submission_view": "numbers of views",
    "member_name_part": "parts of nicknames, which person tells",
    "media_volume": "a community's sum",
    "picture_fingerprint_key": "hashes of rows that are here",
    "picture_match": "ids alone, of rows that are here",
    "sent_picture": "ids alone, of rows that are here",
    "comment_picture": "ids alone, of rows that are here",
    "outbox_effect": "ids alone, of rows that are here",
    "platform_token": "the service's own",
    "points_policy": "the operator's, in figures",
    "retention_run": "counts",
    "schedule": "the clock",
    "search_document": "words of publications, comments and cases, which their revisions, messages and person tell",
    "seal": "digests of stretches of rows",
    "seal_salt": "salts of digests",
    "redaction": "ids of rows without their words",
    "encryption_key": "fingerprints of the service's keys",
    "trusted_document": "the operations of front ends",
}
"""Tables that keep nothing of people, and why."""
