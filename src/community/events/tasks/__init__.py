"""Tasks of events without submissions. They are check-ins, and riddles with their answers."""
