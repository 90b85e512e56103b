"""Tortoise's two database clients with what they lack: they give back what a failed BEGIN took."""
