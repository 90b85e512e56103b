"""Tables of pictures and their uses."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.communities.models import Community
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.media.fingerprints.comparison import Likeness


class MediaKind(StrEnum):
    """The kind of an upload."""

    IMAGE = "IMAGE"


class MediaState(StrEnum):
    """The state of an upload."""

    RECEIVING = "RECEIVING"
    PROCESSING = "PROCESSING"
    READY = "READY"
    REFUSED = "REFUSED"
    REMOVED = "REMOVED"


class MediaRefusal(StrEnum):
    """The reason why an upload cannot be used."""

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    BROKEN = "BROKEN"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_FRAMES = "TOO_MANY_FRAMES"
    TOO_COMPLEX = "TOO_COMPLEX"
    RARE_CODING = "RARE_CODING"


class MediaSubject(StrEnum):
    """The kind of thing that uses a picture."""

    SUBMISSION = "SUBMISSION"
    AVATAR = "AVATAR"
    REWARD = "REWARD"
    PROJECT_REPORT = "PROJECT_REPORT"
    COMPLAINT = "COMPLAINT"
    COMMENT = "COMMENT"
    TOPIC = "TOPIC"


class Media(Table):
    """A picture of one person, which never changes.

    The row is written before any file, so that no file lacks a row. `name` is part of the renditions' addresses.
    `original_name` never leaves the server. `turned` is the orientation of the kept original, 1 to 8 as in EXIF.
    `captured_at` and `camera` were read from the metadata, for that person only. A row in the state REMOVED stays for
    the revisions that name it. Its files and the values read from them are deleted.
    """

    person = Person.foreign_key()
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
    captured_at = fields.TextField(null=True)
    camera = fields.TextField(null=True)
    alt_text = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    processed_at = fields.DatetimeField(null=True)
    fingerprinted_at = fields.DatetimeField(null=True)
    unused_since = fields.DatetimeField(null=True)

    constraints = (
        Unique(("name",), "media_name"),
        Check(one_of("kind", MediaKind), "media_kind"),
        Check(one_of("state", MediaState), "media_state"),
        Check(one_of("refusal", MediaRefusal), "media_refusal"),
        Check("state <> 'REFUSED' OR refusal IS NOT NULL", "media_refused"),
        Check("(state = 'REMOVED') = (digest IS NULL)", "media_digest"),
        Check(
            "state <> 'READY' OR (format IS NOT NULL AND width > 0 AND height > 0 AND turned BETWEEN 1 AND 8"
            " AND placeholder IS NOT NULL AND colour IS NOT NULL AND processed_at IS NOT NULL)",
            "media_ready",
        ),
    )
    indexes = (
        Index(fields=("person_id", "id"), name="media_person"),
        PartialIndex("media_unused", ("unused_since",), "unused_since IS NOT NULL AND state <> 'REMOVED'"),
        PartialIndex("media_awaited", ("original_name",), "state IN ('RECEIVING', 'PROCESSING')"),
        PartialIndex("media_unfingerprinted", ("id",), "state = 'READY' AND fingerprinted_at IS NULL"),
    )


class PictureFingerprint(Table):
    """The hashes and the square of a picture, to recognise it.

    `digest` is that of the uploaded file. `square` is a JPEG of 128 by 128 grey pixels. A flat picture has neither
    `square` nor `hashes`. The row of a picture that a leader removed stays. The erasure of its owner deletes `square`.
    """

    media = Media.foreign_key()
    digest = fields.TextField()
    hashes = fields.BinaryField(null=True)
    square = fields.BinaryField(null=True)

    constraints = (
        Unique(("media_id",), "picture_fingerprint_media"),
        Check("square IS NULL OR hashes IS NOT NULL", "picture_fingerprint_hashes"),
    )
    indexes = (Index(fields=("digest",), name="picture_fingerprint_digest"),)


class PictureFingerprintKey(Table):
    """A hash, and the part of it by which a community's pictures are searched. See `media/fingerprints/keys.py`."""

    keyed_by = ("community_id", "band", "hash", "fingerprint_id")

    community_id = fields.BigIntField()
    band = fields.BigIntField()
    hash = fields.BigIntField()
    fingerprint_id = fields.BigIntField()


class SentPicture(Table):
    """A picture of a submission that leaders have got for review.

    `compared_at` is null until it was compared with all of the community's other pictures. `blocked_at` is the time at
    which a leader removed the submission. The row of such a picture stays, so that the picture is recognised again.
    """

    community = Community.foreign_key()
    submission_id = fields.BigIntField()
    fingerprint = PictureFingerprint.foreign_key()
    sent_at = fields.DatetimeField()
    compared_at = fields.DatetimeField(null=True)
    blocked_at = fields.DatetimeField(null=True)

    constraints = (Unique(("community_id", "submission_id", "fingerprint_id"), "sent_picture_once"),)
    indexes = (Index(fields=("fingerprint_id", "community_id"), name="sent_picture_fingerprint"),)


class CommentPicture(Table):
    """A picture of a comment that was sent. See `media/comment_pictures.py`.

    `is_known` is True if the community had a picture like it before, or so many that some were not compared.
    `blocked_at` is the time at which a leader hid the comment. The row of such a picture stays, so that the picture is
    recognised again.
    """

    community = Community.foreign_key()
    comment_id = fields.BigIntField()
    fingerprint = PictureFingerprint.foreign_key()
    sent_at = fields.DatetimeField()
    is_known = fields.BooleanField()
    blocked_at = fields.DatetimeField(null=True)

    constraints = (Unique(("community_id", "comment_id", "fingerprint_id"), "comment_picture_once"),)
    indexes = (Index(fields=("fingerprint_id", "community_id"), name="comment_picture_fingerprint"),)


class PictureMatch(Table):
    """Two pictures of different submissions of a community that are alike."""

    community = Community.foreign_key()
    earlier = SentPicture.foreign_key()
    later = SentPicture.foreign_key()
    kind = fields.TextField()

    constraints = (
        Unique(("community_id", "earlier_id", "later_id"), "picture_match_once"),
        Check(one_of("kind", Likeness), "picture_match_kind"),
    )
    indexes = (
        Index(fields=("earlier_id",), name="picture_match_earlier"),
        Index(fields=("later_id",), name="picture_match_later"),
    )


class MediaUse(Table):
    """One use of a picture.

    `published` is True if the community's members may see it there, `for_everyone` if others may too while the
    community is public. The subject of an avatar is the person, without a
    community.
    """

    media = Media.foreign_key()
    community = Community.foreign_key(null=True)
    subject = fields.TextField()
    subject_id = fields.BigIntField()
    published = fields.BooleanField()
    for_everyone = fields.BooleanField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("subject", "subject_id", "media_id"), "media_use_once"),
        Unique(("subject_id",), "media_use_avatar", "subject = 'AVATAR'"),
        Check(one_of("subject", MediaSubject), "media_use_subject"),
        Check("NOT published OR community_id IS NOT NULL", "media_use_community"),
    )
    indexes = (Index(fields=("media_id",), name="media_use_media"),)


class MediaVolume(Table):
    """The size of all pictures that a community's submissions use. A picture counts once per submission."""

    community = Community.foreign_key()
    size_bytes = fields.BigIntField()

    constraints = (
        Unique(("community_id",), "media_volume_once"),
        Check("size_bytes >= 0", "media_volume_size"),
    )
