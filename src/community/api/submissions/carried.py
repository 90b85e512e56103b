"""Functions that read values of submissions from what their rows carry.

See `Carried` in `api/declare.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from community.api.communities.carried import carry_viewers
from community.api.context import Info
from community.kernel import db
from community.submissions import checks
from community.submissions.masking import MASKS, mask_tags
from community.submissions.models import SubmissionState
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.rules import STATES_WITH_UNSENT_EDITS


def carry_versions(info: Info) -> Callable[[SubmissionRow], int]:
    """Return the function that gives the version that the viewer sees."""
    viewer, differing = carry_viewers(info), STATES_WITH_UNSENT_EDITS

    def get_version(row: SubmissionRow) -> int:
        return checks.get_visible_version(row, viewer(row)) if row.state in differing else row.version

    return get_version


def carry_tags(_: Info) -> Callable[[RevisionRow], list[str]]:
    """Return the function that gives the tags of a revision, with its masks."""

    def get_tags(row: RevisionRow) -> list[str]:
        loaded = row.loaded
        tags: list[str] = loaded["tags"]
        return mask_tags(row, tags) if MASKS in loaded else tags

    return get_tags


def carry_states(info: Info) -> Callable[[SubmissionRow], SubmissionState]:
    """Return the function that gives the state that the viewer sees."""
    viewer = carry_viewers(info)

    def read(row: SubmissionRow) -> SubmissionState:
        is_allowed = checks.is_allowed(checks.require_insider, row, viewer(row))
        return row.state if is_allowed else SubmissionState.PUBLISHED

    return read


def carry_published(_: Info) -> Callable[[SubmissionRow], RevisionRow | None]:
    """Return the function that gives the published revision of a submission."""

    def read(row: SubmissionRow) -> RevisionRow | None:
        if row.masks:
            raise db.NotCarriedError  # who sees it unmasked is found for all together
        revision: RevisionRow | None = row.loaded["published"]
        return revision

    return read
