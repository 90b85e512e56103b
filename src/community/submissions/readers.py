"""The readers of a publication.

A submission is published for the readers that its community had when the author sent it, or for fewer if the community
closed before the publication. An edit keeps them. A community that opens to everyone later opens to submissions sent
after that. An older one follows when its author says so.
"""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.media import uses
from community.submissions import changes, checks, search
from community.submissions.queries import COLUMNS, SubmissionRow, list_revision_media_ids

_MAKE_PUBLIC = db.Change(
    "UPDATE submission SET published_for = 'PUBLIC', version = version + 1, updated_at = $4"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 AND published_revision IS NOT NULL RETURNING {COLUMNS}",
    SubmissionRow,
)


@db.transactional
async def make_public(actor: Actor, submission_id: int, *, version: int) -> SubmissionRow:
    """Show the actor's published submission to everyone, while the community is public. Return it.

    A former member may do so too. Raises NotFound, AuthorsOnly, StateForbids, ConsentMissing, GuardianNeeded, Conflict.
    """
    actor = await permissions.lock_current_or_former_member(actor)
    row = await changes.get_own(actor, submission_id, version=version)
    checks.require_private_publication(row, actor)
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)
    row = changes.require_changed(await _MAKE_PUBLIC.first(row.community_id, row.id, version, clock.now()))
    await search.update_index([row])
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await uses.publish(shown, by=changes.build_media_consumer(row), for_everyone=True)
    changes.record(actor, row, "submission.make_public", readers="PUBLIC")
    return row
