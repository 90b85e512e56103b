"""The layer between HTTP and the graph: parsing, limits, masking. It knows no domain."""
