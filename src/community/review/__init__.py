"""What leaders do with it: cases, decisions and what follows from them."""
