"""The review of submissions: cases, decisions, and the points for them."""
