"""People, logins, platforms, sessions and phones."""
