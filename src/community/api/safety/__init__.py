"""Word lists and the screening in the graph."""

from community.api.safety import types as types
