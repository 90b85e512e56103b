"""Screening checks: facts about a revision in, findings out. The review decides what follows from them."""
