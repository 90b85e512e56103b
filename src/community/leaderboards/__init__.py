"""Leaderboards of points, kept in Redis and computed from the points bank."""
