"""What members make: submissions, their revisions, tags and likes, and the feed."""
