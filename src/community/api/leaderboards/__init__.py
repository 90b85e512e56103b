"""Leaderboards in the graph."""
