"""Tortoise's two database clients with what they lack: they give back what they took when a transaction cannot begin."""
