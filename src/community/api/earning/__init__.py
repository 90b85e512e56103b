"""Earning points in the graph: rules, seasons, check-ins, and what the ordering system reports."""

from community.api.earning import types as types
