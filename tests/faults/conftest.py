"""Fault tests, most of which start a whole installation."""
