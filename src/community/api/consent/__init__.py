"""Consents and guardians in the graph."""

from community.api.consent import types as types
