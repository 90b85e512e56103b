"""Approvals by two leaders, for the kinds that a community chose."""
