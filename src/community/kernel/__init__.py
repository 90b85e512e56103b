"""The foundation of every room, without any domain.

Database, clock, errors, paging, idempotency, outbox, audit trail, storage and rules for texts.
"""
