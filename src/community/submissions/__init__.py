"""The content of members: submissions, their revisions, tags and likes, and the feed."""
