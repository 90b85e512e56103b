"""信任: marks of authors whose revisions are published before a leader looks."""
