"""The product's story, played over HTTP by invented people."""
