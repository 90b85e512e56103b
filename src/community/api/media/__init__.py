"""Pictures in the graph, and over plain HTTP."""

from community.api.media import types as types
