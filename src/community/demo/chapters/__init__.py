"""The chapters of the story, in the order publishing, pictures, bank, people."""
