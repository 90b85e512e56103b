"""Experts and endorsements in the graph."""
