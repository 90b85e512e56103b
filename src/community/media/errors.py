"""Refusals of media."""

from community.kernel.errors import Refusal


class MediaRefused(Refusal):
    """A picture that was processed and cannot be used."""

    code = "MEDIA_REFUSED"


class TooManyUploads(Refusal):
    """Too many unused pictures of the person."""

    code = "TOO_MANY_UPLOADS"
    is_stored = False


class UploadEmpty(Refusal):
    """An upload without bytes."""

    code = "UPLOAD_EMPTY"
