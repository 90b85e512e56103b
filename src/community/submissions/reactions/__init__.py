"""Reactions of members to publications: likes and favourites."""
