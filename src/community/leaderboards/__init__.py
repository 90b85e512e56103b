"""Who carries the neighbourhood: boards kept in Redis, computed from the books."""
