"""Pictures: uploads, processing, renditions, and what uses them."""
