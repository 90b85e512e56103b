"""The removal of a submission by a leader who may name a reason template."""

from __future__ import annotations

from community.communities.permissions import Actor
from community.kernel import db
from community.review import templates
from community.review.models import TemplateKind
from community.submissions import removal
from community.submissions.queries import SubmissionRow


@db.transactional
async def remove(
    actor: Actor, submission_id: int, *, version: int, reason: str, template_id: int | None = None
) -> SubmissionRow:
    """Remove a submission, count the template, and return the submission.

    Raises what `removal.remove` raises, and NotFound for an unknown template.
    """
    row = await removal.remove(actor, submission_id, version=version, reason=reason)
    await templates.count_use(row.community_id, template_id, kind=TemplateKind.REMOVAL)
    return row
