"""Topics: tags that leaders recommend for some days, and the tags of the week."""
