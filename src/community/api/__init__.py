"""The graph and the ways to it: GraphQL over HTTP. Everything here calls one service or query of a domain."""
