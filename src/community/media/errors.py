"""Refusals of media."""

from community.kernel.errors import Refusal


class MediaRefused(Refusal):
    """A picture that was processed and cannot be used."""


class TooManyUploads(Refusal):
    """Too many unused pictures of the person."""

    is_stored = False


class TooManyAtOnce(Refusal):
    """Too many uploads of one person, address or process at the same time."""

    is_stored = False


class UploadTooLarge(Refusal):
    """An upload with too many bytes. The figures are megabytes."""


class StorageFull(Refusal):
    """No space for further pictures of a person or a community. The figures are megabytes."""

    is_stored = False


class UploadEmpty(Refusal):
    """An upload without bytes."""
