"""What stands between HTTP and the graph: reading requests, limits, masking, answers. No domain is known here."""
