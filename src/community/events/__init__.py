"""Events: contests and other occasions to take part, their phases, entries, votes and results."""
