"""The search: tokens of texts, the index of what is public, and marked excerpts."""
