"""Communities, members, invitations and service tokens in the graph."""
