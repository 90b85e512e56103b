"""Tables of persons, platform identities, sessions and telephone numbers."""

from __future__ import annotations

from enum import StrEnum

from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of


class Platform(StrEnum):
    """A platform that persons log in from."""

    DEVELOPMENT = "DEVELOPMENT"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    DOUYIN = "DOUYIN"


class Person(Table):
    """A human being with a nickname. The row of an erased person stays, without a name, for what refers to it.

    `search_name` is the nickname as it is compared, and empty after an erasure.
    """

    nickname = fields.TextField()
    created_at = fields.DatetimeField()
    born_on = fields.TextField(null=True)
    banned_at = fields.DatetimeField(null=True)
    ban_reason = fields.TextField(null=True)
    erased_at = fields.DatetimeField(null=True)
    language = fields.TextField(null=True)
    search_name = fields.TextField()

    constraints = (Check("length(nickname) BETWEEN 1 AND 200", "person_nickname"),)
    indexes = (PartialIndex("person_banned", ("banned_at",), "banned_at IS NOT NULL"),)


class PlatformIdentity(Table):
    """A platform's own id of a person. It never leaves the server and is stored encrypted.

    `subject` is a keyed digest of the id. A row of the first release without `subject_sealed` holds the id itself. A
    platform that knows a person across its applications adds a row under `<platform>_UNION`.
    """

    person = Person.foreign_key()
    platform = fields.TextField()
    subject = fields.TextField()
    subject_sealed = fields.TextField(null=True)
    session_key_sealed = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    constraints = (Unique(("platform", "subject"), "platform_identity_once"),)
    indexes = (
        Index(fields=("person_id",), name="platform_identity_person"),
        PartialIndex("platform_identity_unsealed", ("id",), "subject_sealed IS NULL"),
    )


class PlatformToken(Table):
    """The token for the service's own calls to a platform.

    `lease_until` keeps other processes from fetching the next token.
    """

    platform = fields.TextField()
    token_sealed = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    lease_until = fields.DatetimeField()
    forced_on = fields.TextField(null=True)
    forced = fields.BigIntField()

    constraints = (Unique(("platform",), "platform_token_platform"),)


class PersonPhone(Table):
    """A person's telephone number that a platform has verified. The latest verification of a number counts."""

    person = Person.foreign_key()
    digest = fields.TextField()
    sealed = fields.TextField()
    bound_at = fields.DatetimeField()

    constraints = (
        Unique(("person_id",), "person_phone_person"),
        Unique(("digest",), "person_phone_digest"),
    )


class EncryptionKey(Table):
    """The fingerprint of an encryption key that stored values may be sealed with."""

    fingerprint = fields.TextField()
    recorded_at = fields.DatetimeField()

    constraints = (Unique(("fingerprint",), "encryption_key_fingerprint"),)


class SessionEndReason(StrEnum):
    """The reason why a session ended before its expiry."""

    LOGGED_OUT = "LOGGED_OUT"
    REUSED = "REUSED"
    BANNED = "BANNED"


class LoginSession(Table):
    """A login of a person on one device. Its access tokens are valid while it is active."""

    person = Person.foreign_key()
    platform = fields.TextField()
    device = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    refreshed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_why = fields.TextField(null=True)

    constraints = (
        Check("(ended_at IS NULL) = (ended_why IS NULL)", "login_session_ended"),
        Check(one_of("ended_why", SessionEndReason), "login_session_why"),
    )
    indexes = (
        Index(fields=("person_id", "id"), name="login_session_person"),
        Index(fields=("expires_at",), name="login_session_age"),
        PartialIndex("login_session_ended", ("ended_at",), "ended_at IS NOT NULL"),
    )


class RefreshToken(Table):
    """The digest of a refresh token of a session. Each token is used once and replaced by its successor."""

    session = LoginSession.foreign_key()
    digest = fields.TextField()
    issued_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    constraints = (Unique(("digest",), "refresh_token_digest"),)
    indexes = (
        Index(fields=("session_id", "id"), name="refresh_token_session"),
        PartialIndex("refresh_token_used", ("used_at",), "used_at IS NOT NULL"),
    )


class LoginAttempt(Table):
    """The running and failed attempts of a caller in one window. `who` is a keyed digest, never an address."""

    who = fields.TextField()
    since = fields.DatetimeField()
    attempts = fields.BigIntField()

    constraints = (
        Unique(("who",), "login_attempt_who"),
        Check("attempts >= 0", "login_attempt_attempts"),
    )
    indexes = (Index(fields=("since",), name="login_attempt_age"),)
