"""Submissions in the graph."""

from community.api.submissions import types as types
