"""Background work: one module per queue, the relay, the schedule and the worker process. Logic stays in services."""
