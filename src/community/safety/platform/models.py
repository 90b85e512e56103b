"""Table of the checks by WeChat."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.communities.models import Community
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.media.models import Media
from community.safety.facts import Verdict


class CheckKind(StrEnum):
    """The kind of a check."""

    TEXT_CHECK = "TEXT_CHECK"
    MEDIA_CHECK = "MEDIA_CHECK"


class CheckState(StrEnum):
    """The state of a check. LOST means that no answer is expected, although a late one still counts."""

    WAITING = "WAITING"
    ANSWERED = "ANSWERED"
    LOST = "LOST"


class CheckReason(StrEnum):
    """The reason of a verdict other than PASS."""

    LABELLED = "LABELLED"
    """WeChat names a category of harm."""
    INACTIVE_AUTHOR = "INACTIVE_AUTHOR"
    """The author did not use the mini-program for two hours (61010)."""
    NOT_FETCHED = "NOT_FETCHED"
    """WeChat could not fetch the picture (-1008)."""
    ODD_ANSWER = "ODD_ANSWER"
    NO_ANSWER = "NO_ANSWER"
    UNREACHABLE = "UNREACHABLE"
    CALL_REFUSED = "CALL_REFUSED"


class PlatformLabel(StrEnum):
    """A category of harm."""

    ADVERTISEMENT = "ADVERTISEMENT"
    POLITICS = "POLITICS"
    PORNOGRAPHY = "PORNOGRAPHY"
    ABUSE = "ABUSE"
    CRIME = "CRIME"
    FRAUD = "FRAUD"
    VULGARITY = "VULGARITY"
    COPYRIGHT = "COPYRIGHT"
    OTHER = "OTHER"


class PlatformCheck(Table):
    """A check of the texts or of one picture of a thing.

    `subject` names the thing (`revision:7`). It is null for an answer that came before its question was stored.
    `person` is the author. `trace_id` is WeChat's name of the question about a picture.
    """

    community = Community.foreign_key(null=True)
    person = Person.foreign_key(null=True)
    subject = fields.TextField(null=True)
    kind = fields.TextField()
    media = Media.foreign_key(null=True)
    trace_id = fields.TextField(null=True)
    attempts = fields.BigIntField()
    state = fields.TextField()
    verdict = fields.TextField(null=True)
    reason = fields.TextField(null=True)
    label = fields.TextField(null=True)
    asked_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    # Constraints and indexes. A thing has one check of its texts, and one of each picture.
    constraints = (
        Unique(("trace_id",), "platform_check_trace"),
        Unique(("subject", "media_id"), "platform_check_media"),
        Unique(("subject",), "platform_check_texts", "kind = 'TEXT_CHECK'"),
        Check(one_of("kind", CheckKind), "platform_check_kind"),
        Check(one_of("state", CheckState), "platform_check_state"),
        Check(one_of("verdict", Verdict), "platform_check_verdict"),
        Check(one_of("reason", CheckReason), "platform_check_reason"),
        Check(one_of("label", PlatformLabel), "platform_check_label"),
        Check(
            "(state = 'WAITING') = (verdict IS NULL) AND (state = 'WAITING') = (answered_at IS NULL)",
            "platform_check_answered",
        ),
        Check("(COALESCE(verdict, 'PASS') = 'PASS') = (reason IS NULL)", "platform_check_reasons"),
        Check(
            "CASE WHEN subject IS NULL THEN state = 'ANSWERED' AND trace_id IS NOT NULL"
            " ELSE community_id IS NOT NULL AND person_id IS NOT NULL"
            " AND (kind = 'MEDIA_CHECK') = (media_id IS NOT NULL) END",
            "platform_check_subject",
        ),
    )
    indexes = (
        Index(fields=("person_id",), name="platform_check_person"),
        Index(fields=("asked_at",), name="platform_check_age"),
        PartialIndex(fields=("asked_at",), name="platform_check_waiting", condition="state = 'WAITING'"),
    )
