"""A person's right to their data: export, erasure, and how long anything is kept. Every room contributes its part."""
