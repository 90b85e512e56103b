"""The checks of a comment's text, and of its picture's description, inside the call."""

from __future__ import annotations

from community.communities.permissions import Actor
from community.conversation.rules import CommentContent
from community.media import queries as media
from community.safety import call_checks
from community.safety.checks import Screening, ask_instead_of_masks, find_worst

TEXT, PICTURE = "text", "mediaId"
"""The fields of the input."""


async def check(actor: Actor, content: CommentContent) -> Screening:
    """Check a comment. Call it outside a transaction.

    A leader looks at a description with personal data, because descriptions have no stars.
    """
    texts = {TEXT: content.text}
    if content.media_id is not None:
        (picture,) = await media.find_own(actor.person_id, [content.media_id])
        if picture is not None and picture.alt_text is not None:
            texts[PICTURE] = picture.alt_text
    found = await call_checks.check(actor.community_id, texts)
    findings = ask_instead_of_masks(found.findings, beginning=PICTURE)
    return Screening(find_worst(findings), findings)
