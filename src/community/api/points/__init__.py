"""The points bank in the graph."""
