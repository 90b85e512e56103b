"""Tables of persons, platform identities, sessions and telephone numbers."""

from __future__ import annotations

from enum import StrEnum

from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of


class Platform(StrEnum):
    """Where a person logs in from."""

    DEVELOPMENT = "DEVELOPMENT"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    DOUYIN = "DOUYIN"


class Person(Table):
    """A human being, known by a nickname. One who is erased stays as a row without a name, for what hangs on it."""

    nickname = fields.TextField()
    created_at = fields.DatetimeField()
    born_on = fields.TextField(null=True)
    banned_at = fields.DatetimeField(null=True)
    ban_reason = fields.TextField(null=True)
    erased_at = fields.DatetimeField(null=True)

    class Meta:
        """A nickname has 1 to 20 characters."""

        table = "person"
        constraints = (Check("length(nickname) BETWEEN 1 AND 20", "person_nickname"),)


class PlatformIdentity(Table):
    """How a platform knows a person. Its subject never leaves the server, and rests encrypted.

    `subject` is a keyed digest of it. Only a row of the first release whose sealed value is still missing holds the
    subject itself. A platform that knows one person across its applications adds a row under `<platform>_UNION`.
    """

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person", db_constraint=True)
    platform = fields.TextField()
    subject = fields.TextField()
    subject_sealed = fields.TextField(null=True)
    session_key_sealed = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """One person a platform identity, whatever arrives at the same moment."""

        table = "platform_identity"
        constraints = (Unique(("platform", "subject"), "platform_identity_once"),)
        indexes = (
            Index(fields=("person_id",), name="platform_identity_person"),
            PartialIndex(fields=("id",), name="platform_identity_unsealed", condition="subject_sealed IS NULL"),
        )


class PlatformToken(Table):
    """The token with which the service calls a platform, and who is fetching the next one until when."""

    platform = fields.TextField()
    token_sealed = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    lease_until = fields.DatetimeField()
    forced_on = fields.TextField(null=True)
    forced = fields.BigIntField()

    class Meta:
        """One a platform."""

        table = "platform_token"
        constraints = (Unique(("platform",), "platform_token_platform"),)


class PersonPhone(Table):
    """The telephone number that a platform has proven to be a person's; the last one to prove it has it."""

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    digest = fields.TextField()
    sealed = fields.TextField()
    bound_at = fields.DatetimeField()

    class Meta:
        """One a person, one person a number."""

        table = "person_phone"
        constraints = (
            Unique(("person_id",), "person_phone_person"),
            Unique(("digest",), "person_phone_digest"),
        )


class SessionEndReason(StrEnum):
    """Why a session ended before its time."""

    LOGGED_OUT = "LOGGED_OUT"
    REUSED = "REUSED"
    BANNED = "BANNED"


class LoginSession(Table):
    """One device on which a person is logged in. Its access tokens are good while it stands."""

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    platform = fields.TextField()
    device = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    refreshed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_why = fields.TextField(null=True)

    class Meta:
        """Found by the person; forgotten by age."""

        table = "login_session"
        constraints = (
            Check("(ended_at IS NULL) = (ended_why IS NULL)", "login_session_ended"),
            Check(one_of("ended_why", SessionEndReason), "login_session_why"),
        )
        indexes = (
            Index(fields=("person_id", "id"), name="login_session_person"),
            Index(fields=("expires_at",), name="login_session_age"),
        )


class RefreshToken(Table):
    """One refresh token of a session, as a digest. Each is used once, and its use makes the next."""

    session: fields.ForeignKeyRelation[LoginSession] = fields.ForeignKeyField("community.LoginSession")
    digest = fields.TextField()
    issued_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by its digest; a session's, in their order; used ones by age."""

        table = "refresh_token"
        constraints = (Unique(("digest",), "refresh_token_digest"),)
        indexes = (
            Index(fields=("session_id", "id"), name="refresh_token_session"),
            PartialIndex(fields=("used_at",), name="refresh_token_used", condition="used_at IS NOT NULL"),
        )


class LoginAttempt(Table):
    """How often somebody has lately tried and failed, or is trying. `who` is a keyed digest, never an address."""

    who = fields.TextField()
    since = fields.DatetimeField()
    attempts = fields.BigIntField()

    class Meta:
        """One window a caller."""

        table = "login_attempt"
        constraints = (
            Unique(("who",), "login_attempt_who"),
            Check("attempts >= 0", "login_attempt_attempts"),
        )
