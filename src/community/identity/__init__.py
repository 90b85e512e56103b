"""People, communities, memberships, roles, invitations, logins and access tokens."""
