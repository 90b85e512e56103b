"""Pictures that people uploaded, and what each of them is used for."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.communities.models import Community
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of


class MediaKind(StrEnum):
    """What an upload is."""

    IMAGE = "IMAGE"


class MediaState(StrEnum):
    """Where an upload stands."""

    RECEIVING = "RECEIVING"
    PROCESSING = "PROCESSING"
    READY = "READY"
    REFUSED = "REFUSED"
    REMOVED = "REMOVED"


class MediaRefusal(StrEnum):
    """Why an upload cannot be used."""

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    BROKEN = "BROKEN"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_FRAMES = "TOO_MANY_FRAMES"
    TOO_COMPLEX = "TOO_COMPLEX"


class MediaSubject(StrEnum):
    """What a picture may belong to."""

    SUBMISSION = "SUBMISSION"
    AVATAR = "AVATAR"


class Media(Table):
    """A picture of one person, the same for ever: another picture is another row.

    The row is written before any file, so that no file is without one. `name` is what addresses of the renditions are
    made of; `original_name` leaves the server never. `turned` says how the kept original, which has no metadata any
    more, must be turned to stand upright. `captured_at` and `camera` were read from the metadata and are for the person
    alone. A row that is `REMOVED` stays for the revisions that name it; its files, what was read from them and the
    client's key are gone.
    """

    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("community.Person")
    client_key = fields.TextField(null=True)
    digest = fields.TextField(null=True)
    size_bytes = fields.BigIntField()
    kind = fields.TextField()
    state = fields.TextField()
    refusal = fields.TextField(null=True)
    name = fields.TextField()
    original_name = fields.TextField()
    attempts = fields.BigIntField()
    format = fields.TextField(null=True)
    width = fields.BigIntField(null=True)
    height = fields.BigIntField(null=True)
    turned = fields.SmallIntField(null=True)
    placeholder = fields.TextField(null=True)
    colour = fields.TextField(null=True)
    perceptual_hash = fields.BigIntField(null=True)
    captured_at = fields.TextField(null=True)
    camera = fields.TextField(null=True)
    alt_text = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    processed_at = fields.DatetimeField(null=True)
    unused_since = fields.DatetimeField(null=True)

    class Meta:
        """The client's key counts once a person; what is not used is found by since when."""

        table = "media"
        constraints = (
            Unique(("person_id", "client_key"), "media_client_key"),
            Unique(("name",), "media_name"),
            Check(one_of("kind", MediaKind), "media_kind"),
            Check(one_of("state", MediaState), "media_state"),
            Check(one_of("refusal", MediaRefusal), "media_refusal"),
            Check("state <> 'REFUSED' OR refusal IS NOT NULL", "media_refused"),
            Check("(state = 'REMOVED') = (client_key IS NULL)", "media_key"),
            Check("(state = 'REMOVED') = (digest IS NULL)", "media_digest"),
            Check(
                "state <> 'READY' OR (format IS NOT NULL AND width > 0 AND height > 0 AND turned BETWEEN 1 AND 8"
                " AND placeholder IS NOT NULL AND colour IS NOT NULL AND perceptual_hash IS NOT NULL"
                " AND processed_at IS NOT NULL)",
                "media_ready",
            ),
        )
        indexes = (
            Index(fields=("person_id", "id"), name="media_person"),
            PartialIndex(
                fields=("unused_since",),
                name="media_unused",
                condition="unused_since IS NOT NULL AND state <> 'REMOVED'",
            ),
            PartialIndex(
                fields=("original_name",),
                name="media_awaited",
                condition="state IN ('RECEIVING', 'PROCESSING')",
            ),
        )


class MediaUse(Table):
    """What a picture is used for. `published` when its community's readers may see it there.

    Avatars belong to a person and to no community.
    """

    media: fields.ForeignKeyRelation[Media] = fields.ForeignKeyField("community.Media")
    community: fields.ForeignKeyNullableRelation[Community] = fields.ForeignKeyField("community.Community", null=True)
    subject = fields.TextField()
    subject_id = fields.BigIntField()
    published = fields.BooleanField()
    created_at = fields.DatetimeField()

    class Meta:
        """Used once by the same thing; a person has one avatar."""

        table = "media_use"
        constraints = (
            Unique(("subject", "subject_id", "media_id"), "media_use_once"),
            Unique(("subject_id",), "media_use_avatar", "subject = 'AVATAR'"),
            Check(one_of("subject", MediaSubject), "media_use_subject"),
            Check("NOT published OR community_id IS NOT NULL", "media_use_community"),
        )
        indexes = (Index(fields=("media_id",), name="media_use_media"),)
