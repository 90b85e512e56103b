"""The product's loop, played over HTTP by people of a made-up neighbourhood."""
