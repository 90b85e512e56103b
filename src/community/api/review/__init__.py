"""The review in the graph."""

from community.api.review import types as types
