"""People, the communities they belong to, and the roles they have there."""

from __future__ import annotations

from enum import StrEnum

from community.kernel.tables import Check, Index, Table, Unique, Where, fields, one_of, redacting


class Platform(StrEnum):
    """Where a person logs in from."""

    DEVELOPMENT = "DEVELOPMENT"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    DOUYIN = "DOUYIN"


class Visibility(StrEnum):
    """Who may read what a community has published."""

    PUBLIC = "PUBLIC"
    MEMBERS = "MEMBERS"


class Joining(StrEnum):
    """How people become members."""

    OPEN = "OPEN"
    INVITATION = "INVITATION"


class Role(StrEnum):
    """What a member is besides a resident, in one community."""

    LEADER = "LEADER"
    EXPERT = "EXPERT"


class Scope(StrEnum):
    """What a service token is good for."""

    REPORT_INTERACTIONS = "REPORT_INTERACTIONS"
    MOVE_POINTS = "MOVE_POINTS"


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
            Where(fields=("id",), name="platform_identity_unsealed", condition="subject_sealed IS NULL"),
        )


class Community(Table):
    """A neighbourhood. Its days and periods are cut in its own time zone."""

    name = fields.TextField()
    time_zone = fields.TextField()
    visibility = fields.TextField()
    joining = fields.TextField()
    description = fields.TextField()
    announcement = fields.TextField()
    rules = fields.TextField()
    version = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        """A name has 1 to 40 characters."""

        table = "community"
        constraints = (
            Check("length(name) BETWEEN 1 AND 40", "community_name"),
            Check(one_of("visibility", Visibility), "community_visibility"),
            Check(one_of("joining", Joining), "community_joining"),
        )


class Membership(Table):
    """A person in a community: everything there belongs to the membership, not to the person.

    Whoever has left keeps the row, for what they made; they come back to the same one.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    joined_at = fields.DatetimeField()
    invited_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="invited_by"
    )
    left_at = fields.DatetimeField(null=True)

    class Meta:
        """A person joins once."""

        table = "membership"
        constraints = (Unique(("community_id", "person_id"), "membership_once"),)
        indexes = (Index(fields=("person_id", "id"), name="membership_person"),)


class MembershipRole(Table):
    """A role that a member has; a resident without a role has no row."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    role = fields.TextField()
    granted_at = fields.DatetimeField()

    class Meta:
        """A role is had once."""

        table = "membership_role"
        constraints = (
            Unique(("community_id", "membership_id", "role"), "membership_role_once"),
            Check(one_of("role", Role), "membership_role_role"),
        )


class Invitation(Table):
    """A code that lets people join, and may give them a role. Found by its code alone: who holds it knows no more."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    code = fields.TextField()
    role = fields.TextField(null=True)
    created_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="created_by"
    )
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    most_uses = fields.BigIntField()
    uses = fields.BigIntField()

    class Meta:
        """Used at most as often as it says."""

        table = "invitation"
        constraints = (
            Unique(("code",), "invitation_code"),
            Check(one_of("role", Role), "invitation_role"),
            Check("uses BETWEEN 0 AND most_uses", "invitation_uses"),
        )
        indexes = (Index(fields=("community_id", "id"), name="invitation_community"),)


class ServiceToken(Table):
    """What the ordering system shows instead of a person. Only a digest of it is kept; who lost it makes another."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    name = fields.TextField()
    digest = fields.TextField()
    scopes: fields.Field[list[str]] = fields.JSONField()
    created_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="created_by"
    )
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by its digest."""

        table = "service_token"
        constraints = (
            Unique(("digest",), "service_token_digest"),
            Check("length(name) BETWEEN 1 AND 40", "service_token_name"),
        )
        indexes = (Index(fields=("community_id", "id"), name="service_token_community"),)


class CommunityChange(Table):
    """What one edit of a community's profile and settings changed, as name and new value; the first is its founding."""

    append_only = True
    redacts = redacting(changes="'{}'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    version = fields.BigIntField()
    changed_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="changed_by"
    )
    changes: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """Numbered as the community's versions are."""

        table = "community_change"
        constraints = (Unique(("community_id", "version"), "community_change_version"),)


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


class Guardianship(Table):
    """A child has asked a guardian, by a code, to confirm that it may take part; or a guardian has confirmed it."""

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    code_digest = fields.TextField(null=True)
    code_expires_at = fields.DatetimeField(null=True)
    guardian: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "community.Person", null=True, related_name="guarded"
    )
    confirmed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """One a child; nobody is their own guardian."""

        table = "guardianship"
        constraints = (
            Unique(("person_id",), "guardianship_person"),
            Unique(("code_digest",), "guardianship_code"),
            Check("(confirmed_at IS NULL) = (guardian_id IS NULL)", "guardianship_confirmed"),
            Check("guardian_id IS NULL OR guardian_id <> person_id", "guardianship_another"),
        )
        indexes = (Index(fields=("guardian_id",), name="guardianship_guardian"),)


class Ending(StrEnum):
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
            Check(one_of("ended_why", Ending), "login_session_why"),
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
            Where(fields=("used_at",), name="refresh_token_used", condition="used_at IS NOT NULL"),
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


class Purpose(StrEnum):
    """What a person may agree to, each by itself."""

    SERVICE = "SERVICE"
    PUBLICATION = "PUBLICATION"
    LEADERBOARDS = "LEADERBOARDS"
    NOTICES = "NOTICES"


class ConsentDocument(Table):
    """What people agree to, word for word. A version that `renews` ends what was agreed to before it."""

    append_only = True

    purpose = fields.TextField()
    version = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    renews = fields.BooleanField()
    published_at = fields.DatetimeField()

    class Meta:
        """Numbered from one for each purpose; the first one always asks everybody."""

        table = "consent_document"
        constraints = (
            Unique(("purpose", "version"), "consent_document_version"),
            Check(one_of("purpose", Purpose), "consent_document_purpose"),
            Check("version > 1 OR (version = 1 AND renews)", "consent_document_first"),
        )


class Consent(Table):
    """A person agreed to one version of a document, and stood by it until they withdrew."""

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    document: fields.ForeignKeyRelation[ConsentDocument] = fields.ForeignKeyField("community.ConsentDocument")
    purpose = fields.TextField()
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        """One that stands for each purpose; what was withdrawn stays as the proof."""

        table = "consent"
        constraints = (Unique(("person_id", "purpose"), "consent_standing", "withdrawn_at IS NULL"),)
        indexes = (Index(fields=("person_id", "id"), name="consent_person"),)
