"""Leaderboards in the graph."""

from community.api.leaderboards import types as types
