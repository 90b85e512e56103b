"""What every room stands on: database, clock, errors, paging, idempotency, outbox, audit. No domain is in it."""
