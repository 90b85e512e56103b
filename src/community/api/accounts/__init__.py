"""People, logins, sessions, platforms and phones in the graph."""

from community.api.accounts import types as types
