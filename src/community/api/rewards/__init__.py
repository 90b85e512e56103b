"""Rewards and redemptions in the graph."""

from community.api.rewards import types as types
