"""Refusals of texts."""

from community.kernel.errors import Refusal


class TextBlocked(Refusal):
    """The text has words that are not allowed in the community."""
