"""Submissions of members, with revisions, tags, likes and the feed."""
