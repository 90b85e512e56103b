"""Photographs: received, made safe and small behind the answer, shown to those who may see them."""
