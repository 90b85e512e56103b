"""投诉: complaints of members about goods and service."""
