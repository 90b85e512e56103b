"""People, logins, sessions, platforms and phones in the graph."""
