"""People, communities and memberships in the graph."""
