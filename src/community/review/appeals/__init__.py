"""Appeals against decisions, and reports about publications."""
