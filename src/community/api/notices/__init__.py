"""The inbox in the graph."""
