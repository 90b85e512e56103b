"""Pictures in the graph, and over plain HTTP."""
