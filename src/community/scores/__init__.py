"""Scores of members on boards. The packages below it count here what their members did."""
