"""The tables, step by step, in our own DDL."""
