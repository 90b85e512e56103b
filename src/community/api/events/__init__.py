"""Events in the graph."""
