"""Tables of events, their entries, votes, results and prizes."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.events.kinds import EntryState, EventKind, EventState, PrizeTier
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.rewards.models import Redemption, Reward
from community.submissions.models import Submission


class Event(Table):
    """活动: an occasion to take part.

    `version` rises with each change. A phase without a date is left out. `due_at` is the date of the next phase, null
    for drafts and ended events. `rules` is a form of `EventRules`. From `frozen_at` on, the time of the first entry,
    they never change. `code` is the attendance code of a kind with places.
    Members were reminded of the end at `reminded_at`. `draw_seed` decides a draw, and is sealed. Only the result shows
    it. `draw_commitment` is its SHA-256. `written_by` is the leader who wrote the present words.
    """

    community = Community.foreign_key()
    kind = fields.TextField()
    state = fields.TextField()
    version = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    rules: fields.Field[dict[str, object]] = fields.JSONField()
    opens_at = fields.DatetimeField()
    voting_at = fields.DatetimeField(null=True)
    judging_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    frozen_at = fields.DatetimeField(null=True)
    code = fields.TextField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    draw_seed = fields.TextField(null=True)
    draw_commitment = fields.TextField(null=True)
    written_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    constraints = (
        Check(one_of("kind", EventKind), "event_kind"),
        Check(one_of("state", EventState), "event_state"),
        Check("version > 0", "event_version"),
        Check(
            "opens_at < closes_at AND (voting_at IS NULL OR (opens_at < voting_at AND voting_at < closes_at))"
            " AND (judging_at IS NULL OR (COALESCE(voting_at, opens_at) < judging_at AND judging_at < closes_at))",
            "event_dates",
        ),
        Check("(state IN ('CLOSED', 'CANCELLED')) = (ended_at IS NOT NULL)", "event_ended"),
        Check("(due_at IS NULL) = (state IN ('DRAFT', 'CLOSED', 'CANCELLED'))", "event_due"),
    )
    indexes = (
        Index(fields=("community_id", "id"), name="event_community"),
        PartialIndex("event_due", ("due_at", "id"), "due_at IS NOT NULL"),
        PartialIndex("event_remind", ("due_at", "id"), "state = 'OPEN' AND reminded_at IS NULL"),
        Index(fields=("written_by", "id"), name="event_writer"),
    )


class EventEntry(Table):
    """参赛作品: a member's part in an event.

    A kind whose members take part without a submission has none. `shuffle` is a random number that orders the entries
    for each viewer. `is_undated` is True if a picture has no time of capture, which a leader looks at. `votes`,
    `score` and `place` are those of the last result. A leader picks the `tier` of an event whose winners are picked.
    `reason` is that of a disqualification. `revision` is the published one at the time of entering, null for an
    activity, and for what entered before it was stored.
    """

    community = Community.foreign_key()
    event = Event.foreign_key()
    membership = Membership.foreign_key()
    submission = Submission.foreign_key(null=True)
    state = fields.TextField()
    shuffle = fields.BigIntField()
    is_undated = fields.BooleanField()
    score = fields.BigIntField(null=True)
    tier = fields.TextField(null=True)
    votes = fields.BigIntField(null=True)
    place = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_by = Membership.foreign_key(null=True)
    reason = fields.TextField(null=True)
    attended_at = fields.DatetimeField(null=True)
    revision = fields.BigIntField(null=True)

    constraints = (
        Unique(("community_id", "event_id", "submission_id"), "event_entry_once", "state <> 'WITHDRAWN'"),
        Unique(
            ("community_id", "event_id", "membership_id"),
            "event_entry_place",
            "submission_id IS NULL AND state <> 'WITHDRAWN'",
        ),
        Check(one_of("state", EntryState), "event_entry_state"),
        Check(f"tier IS NULL OR {one_of('tier', PrizeTier)}", "event_entry_tier"),
        Check("(state IN ('ENTERED', 'WAITING')) = (ended_at IS NULL)", "event_entry_ended"),
        Check("reason IS NULL OR state = 'DISQUALIFIED'", "event_entry_reason"),
    )
    indexes = (
        Index(fields=("event_id", "membership_id"), name="event_entry_of_event"),
        Index(fields=("membership_id", "id"), name="event_entry_member"),
        Index(fields=("submission_id",), name="event_entry_submission"),
        PartialIndex("event_entry_ender", ("ended_by", "id"), "ended_by IS NOT NULL"),
    )


class EventVoter(Table):
    """Numbers of a member's votes in an event."""

    community = Community.foreign_key()
    event = Event.foreign_key()
    membership = Membership.foreign_key()
    day = fields.TextField()
    today = fields.BigIntField()
    total = fields.BigIntField()

    constraints = (
        Unique(("community_id", "event_id", "membership_id"), "event_voter_once"),
        Check("today >= 0 AND total >= today", "event_voter_counts"),
    )
    indexes = (
        Index(fields=("event_id", "membership_id"), name="event_voter_event"),
        Index(fields=("membership_id", "id"), name="event_voter_member"),
    )


class EventVote(Table):
    """投票: a member's vote for an entry. It never changes.

    Votes reference neither event nor entry, because each reference would lock a row that everybody wants.
    """

    append_only = True

    community_id = fields.BigIntField()
    event_id = fields.BigIntField()
    entry_id = fields.BigIntField()
    membership = Membership.foreign_key()
    created_at = fields.DatetimeField()

    constraints = (Unique(("community_id", "entry_id", "membership_id"), "event_vote_once"),)
    indexes = (
        Index(fields=("event_id", "entry_id"), name="event_vote_event"),
        Index(fields=("membership_id", "entry_id"), name="event_vote_member"),
    )


class EventJuror(Table):
    """评委: a member of an event's jury.

    `dropped_at` is null while the member judges. The scores of a juror who dropped out do not count.
    """

    community = Community.foreign_key()
    event = Event.foreign_key()
    membership = Membership.foreign_key()
    appointed_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    dropped_at = fields.DatetimeField(null=True)

    constraints = (Unique(("community_id", "event_id", "membership_id"), "event_juror_once"),)
    indexes = (
        Index(fields=("event_id", "id"), name="event_juror_event"),
        Index(fields=("membership_id", "id"), name="event_juror_member"),
        Index(fields=("appointed_by", "id"), name="event_juror_appointer"),
    )


class EventScore(Table):
    """评分: a juror's points for an entry, in the order of the criteria.

    A recusal has no points, and its `total` is null. Only the juror reads them.
    """

    community = Community.foreign_key()
    event = Event.foreign_key()
    entry = EventEntry.foreign_key()
    membership = Membership.foreign_key()
    points: fields.Field[list[int]] = fields.JSONField()
    total = fields.BigIntField(null=True)
    updated_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "entry_id", "membership_id"), "event_score_once"),
        Check("total IS NULL OR total > 0", "event_score_total"),
    )
    indexes = (
        Index(fields=("event_id", "entry_id"), name="event_score_event"),
        Index(fields=("entry_id",), name="event_score_entry"),
        Index(fields=("membership_id", "entry_id"), name="event_score_member"),
    )


class EventResult(Table):
    """A result of a closed event.

    A later one follows each disqualification and each reinstatement.

    `document` is canonical JSON, and `digest` its SHA-256.
    """

    append_only = True

    community = Community.foreign_key()
    event = Event.foreign_key()
    number = fields.BigIntField()
    document = fields.TextField()
    digest = fields.TextField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "event_id", "number"), "event_result_once"),
        Check("number > 0", "event_result_number"),
    )
    indexes = (Index(fields=("event_id", "number"), name="event_result_event"),)


class EventPrize(Table):
    """奖项: a prize of an entry. Its points have the cause `event_prize:ID`.

    `reward` and `has_badge` are those of its tier in the rules. `redemption` is null until a piece of the reward is
    reserved. One that a leader cancelled is replaced. An entry that gets the same reward again keeps what was handed
    over. `taken_back_at` is null while it
    counts.
    """

    community = Community.foreign_key()
    event = Event.foreign_key()
    entry = EventEntry.foreign_key()
    membership = Membership.foreign_key()
    tier = fields.TextField()
    created_at = fields.DatetimeField()
    taken_back_at = fields.DatetimeField(null=True)
    reward = Reward.foreign_key(null=True)
    redemption = Redemption.foreign_key(null=True)
    has_badge = fields.BooleanField()

    constraints = (
        Unique(("community_id", "entry_id"), "event_prize_once", "taken_back_at IS NULL"),
        Check(one_of("tier", PrizeTier), "event_prize_tier"),
        Check("redemption_id IS NULL OR reward_id IS NOT NULL", "event_prize_redeemed"),
    )
    indexes = (
        Index(fields=("event_id", "id"), name="event_prize_event"),
        Index(fields=("entry_id", "id"), name="event_prize_entry"),
        Index(fields=("membership_id", "id"), name="event_prize_member"),
        PartialIndex("event_prize_reward", ("reward_id", "id"), "reward_id IS NOT NULL"),
        PartialIndex("event_prize_redemption", ("redemption_id", "id"), "redemption_id IS NOT NULL"),
    )
