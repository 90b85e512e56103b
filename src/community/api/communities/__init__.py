"""Communities, members, invitations and service tokens in the graph."""

from community.api.communities import types as types
