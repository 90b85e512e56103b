"""Faults are tried on whole installations; nothing here needs a database of its own."""
