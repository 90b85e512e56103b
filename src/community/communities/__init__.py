"""Communities, memberships, roles, invitations and service tokens."""
