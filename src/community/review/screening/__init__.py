"""The screening of sent revisions before the review."""
