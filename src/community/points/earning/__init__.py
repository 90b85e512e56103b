"""How points are earned: rules as data, seasons, awards, check-ins, and what the ordering system reports."""
