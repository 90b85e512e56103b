"""Comments under published content, with one level of replies."""
