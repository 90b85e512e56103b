"""The review of submissions, with cases, decisions and the points for them."""
