"""The reason why graphql-core must answer instead of a plan."""

from __future__ import annotations


class NotCompiled(Exception):  # noqa: N818 - no error, but a reason
    """A plan cannot be built, or cannot give graphql-core's exact answer."""
