"""Why media say no."""

from community.kernel.errors import Refusal


class MediaRefused(Refusal):
    """The picture was looked at and cannot be used."""

    code = "MEDIA_REFUSED"
    sentence = "One of these pictures cannot be used. Take it away or upload another."


class TooManyUploads(Refusal):
    """The person has many pictures that nothing uses."""

    code = "TOO_MANY_UPLOADS"
    is_stored = False
    sentence = "You have many pictures that you have not used. Use them, or wait a day."


class UploadEmpty(Refusal):
    """The upload has no bytes."""

    code = "UPLOAD_EMPTY"
    sentence = "This file is empty. Upload it again."
