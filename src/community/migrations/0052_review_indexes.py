"""Indexes for the figures of leaders and for overdue cases."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import CreateIndexes

INDEXES = (
    "review_decision_in_time ON review_decision (community_id, created_at, id)",
    "review_case_waiting ON review_case (community_id, due_at, answered_at, solve_due_at) WHERE state = 'OPEN'",
)


class Migration(Base):
    operations = [CreateIndexes(*INDEXES)]
