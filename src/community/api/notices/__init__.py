"""The inbox in the graph."""

from community.api.notices import types as types
