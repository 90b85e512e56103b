"""Rewards and redemptions in the graph."""
