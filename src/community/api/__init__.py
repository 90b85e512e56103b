"""GraphQL over HTTP. Each resolver calls one service or query of a domain."""
