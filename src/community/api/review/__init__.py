"""The review in the graph."""
