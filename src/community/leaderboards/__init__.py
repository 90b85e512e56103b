"""Leaderboards, podiums of closed periods, and honours."""
