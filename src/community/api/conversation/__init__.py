"""Comments in the graph."""
