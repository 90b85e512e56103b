"""Mutations of appeals, and of the restoration of removed submissions."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.review import restoring
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow


@input_type
class SubmissionRestoreInput(KeyedThingInput):
    """Input for `submissionRestore`, which reverses a removal."""

    submission_id: strawberry.ID = field(description="Id of the submission.")
    version: int = field(description="Version of the submission that you read. If it has changed, nothing is done.")
    reason: str = field(description="Reason, 1 to 500 characters, which the author reads.")


@object_type
class AppealMutation:
    """Mutations of appeals and restorations."""

    @thing_mutation(
        of=(SubmissionRow, "submission_id"),
        unknown=submissions.make_not_found,
        submission="Submission as it was before the removal.",
    )
    def submission_restore(self, input: SubmissionRestoreInput) -> ThingVerb[SubmissionRow]:
        """Restore a removed submission with its pictures, likes and points. Leaders only, never the author.

        It is possible for 30 days. Refuses with OWN_SUBMISSION, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY,
        STATE_FORBIDS, REMOVAL_FINAL, STALE_VERSION or NOT_FOUND.
        """
        return partial(restoring.restore, version=input.version, reason=input.reason)
