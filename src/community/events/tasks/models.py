"""Tables of check-ins, questions and answers."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.events.models import Event, EventEntry
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields
from community.submissions.models import Submission


class EventCheckIn(Table):
    """打卡: a day of the community on which a member checked in. It never changes.

    `is_make_up` is True if it was made later. A check-in with a submission counts while that is published.
    """

    append_only = True

    community = Community.foreign_key()
    event = Event.foreign_key()
    entry = EventEntry.foreign_key()
    membership = Membership.foreign_key()
    day = fields.TextField()
    submission = Submission.foreign_key(null=True)
    is_make_up = fields.BooleanField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "entry_id", "day"), "event_check_in_once"),
        Unique(("community_id", "event_id", "submission_id"), "event_check_in_used"),
    )
    indexes = (
        Index(fields=("event_id", "entry_id"), name="event_check_in_event"),
        Index(fields=("entry_id", "day"), name="event_check_in_entry"),
        Index(fields=("membership_id", "id"), name="event_check_in_member"),
        PartialIndex("event_check_in_submission", ("submission_id",), "submission_id IS NOT NULL"),
    )


class EventQuestion(Table):
    """谜题: a question of riddles. Its answers are secret until the event is closed.

    A question with `options` is answered by one of them. `written_by` is the leader who knows the answers.
    """

    community = Community.foreign_key()
    event = Event.foreign_key()
    number = fields.BigIntField()
    text = fields.TextField()
    options: fields.Field[list[str]] = fields.JSONField()
    answers: fields.Field[list[str]] = fields.JSONField()
    written_by = Membership.foreign_key()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "event_id", "number"), "event_question_once"),
        Check("number > 0", "event_question_number"),
    )
    indexes = (
        Index(fields=("event_id", "number"), name="event_question_event"),
        Index(fields=("written_by", "id"), name="event_question_writer"),
    )


class EventAnswer(Table):
    """A member's try at a question. It never changes, and does not keep what the member wrote.

    `number` counts the member's tries, and `rank` the right answers to the question, 1 for the first.
    """

    append_only = True

    community = Community.foreign_key()
    event = Event.foreign_key()
    question = EventQuestion.foreign_key()
    entry = EventEntry.foreign_key()
    membership = Membership.foreign_key()
    number = fields.BigIntField()
    is_right = fields.BooleanField()
    rank = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "question_id", "entry_id", "number"), "event_answer_once"),
        Unique(("community_id", "question_id", "rank"), "event_answer_rank"),
        Check("number > 0 AND (rank IS NULL OR rank > 0) AND is_right = (rank IS NOT NULL)", "event_answer_number"),
    )
    indexes = (
        Index(fields=("event_id", "entry_id"), name="event_answer_event"),
        Index(fields=("question_id", "membership_id"), name="event_answer_question"),
        Index(fields=("entry_id", "id"), name="event_answer_entry"),
        Index(fields=("membership_id", "id"), name="event_answer_member"),
    )
