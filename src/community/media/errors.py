"""Refusals of media."""

from community.kernel.errors import Refusal


class MediaRefused(Refusal):
    """A picture that was processed and cannot be used."""

    code = "MEDIA_REFUSED"
    sentence = "One of these pictures cannot be used. Remove it or upload another one."


class TooManyUploads(Refusal):
    """Too many unused pictures of the person."""

    code = "TOO_MANY_UPLOADS"
    is_stored = False
    sentence = "You have too many unused pictures. Use them, or wait a day until they are deleted."


class UploadEmpty(Refusal):
    """An upload without bytes."""

    code = "UPLOAD_EMPTY"
    sentence = "This file is empty. Upload it again."
