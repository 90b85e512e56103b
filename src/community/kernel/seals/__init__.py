"""Seals: digests of rows that never change.

They find a row that was changed, deleted or inserted later. A seal covers a stretch of ids of one table, and the seal
before it. The seals of all tables are one chain. So the newest seal stands for all of them, and can be kept elsewhere
for a later audit. No writer waits for a seal.
"""
