"""The points bank in the graph."""

from community.api.points import types as types
