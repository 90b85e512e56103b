"""Copies among the pictures of a review case. Only leaders see them."""

from __future__ import annotations

from community.api.declare import declare_enum, field, related, type_over
from community.media.fingerprints.comparison import Likeness
from community.media.queries import get_by_ids
from community.review.pictures import PictureFinding
from community.submissions import queries as submissions_queries

declare_enum(
    Likeness,
    name="PictureLikeness",
    values={
        "EXACT": "The same file.",
        "SAME": "The same photograph, saved, scaled, cut by a few percent, or with a border.",
        "ALTERED": "The same photograph, of which up to a third differs, for example by a caption.",
        "MIRRORED": "The same photograph, mirrored.",
    },
)


@type_over(PictureFinding)
class ReviewPictureFinding:
    """A picture of a review case that is like one of another submission."""

    kind = field(description="How the two pictures are alike.")
    is_own = field(description="True if both submissions have the same author.")
    is_earlier = field(description="True if the leaders got the other picture first.")
    is_blocked = field(description="True if a leader removed the other submission.")

    picture = related(get_by_ids, "media_id", "Picture of the case's revision.")
    other_picture = related(get_by_ids, "other_media_id", "Other picture, to show beside it. A removed one has no URL.")
    other_submission = related(
        submissions_queries.get_by_ids, "other_submission_id", "Submission with the other picture."
    )
