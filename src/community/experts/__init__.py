"""Experts: their credentials, and their endorsements of what others published."""
