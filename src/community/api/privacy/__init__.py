"""Consent, exports and erasure in the graph, and the way to fetch an archive."""

from community.api.privacy import types as types
