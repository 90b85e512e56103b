"""Pictures with their uploads, processing, renditions and uses."""
