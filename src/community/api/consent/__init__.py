"""Consents and guardians in the graph."""
