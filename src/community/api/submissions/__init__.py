"""Submissions in the graph."""
