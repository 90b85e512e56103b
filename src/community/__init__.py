"""A GraphQL service for community rewards and co-creation."""
